import { answerRanges } from './examiners.js';

// The program of a thread; see `startExaminers`.
answerRanges();

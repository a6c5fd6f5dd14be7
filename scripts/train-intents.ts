import { runTraining } from '../src/intents/training/run-training.js';

runTraining(process.argv.slice(2));

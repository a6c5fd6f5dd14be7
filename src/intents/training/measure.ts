import type { IntentModel } from '../model/intent-model.js';
import { outOfScope } from '../intent-catalogue.js';
import type { Example } from './example.js';

/** From this confidence on a message is answered without a person in the fintech pack. */
const THRESHOLD = 0.9;
const BINS = 10;

/** How good a model is on messages that it was not trained on. */
export interface Measurement {
  readonly messages: number;
  readonly accuracy: number;
  /** Share of messages at or above the threshold, and how many of those are right. */
  readonly coverage: number;
  readonly accuracyCovered: number;
  /** Expected calibration error over ten bins of confidence. */
  readonly calibrationError: number;
  /** Share of out-of-scope messages taken for one of ours at or above the threshold. */
  readonly outOfScopeAccepted: number;
}

interface Judged {
  readonly right: boolean;
  readonly confidence: number;
}

function calibrationError(judged: readonly Judged[]): number {
  let error = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    const inside = judged.filter(({ confidence }) => binOf(confidence) === bin);
    if (inside.length === 0) continue;
    const right = share(inside, ({ right: isRight }) => isRight);
    const confidence = inside.reduce((sum, one) => sum + one.confidence, 0) / inside.length;
    error += (inside.length / judged.length) * Math.abs(right - confidence);
  }
  return error;
}

function binOf(confidence: number): number {
  return Math.min(BINS - 1, Math.floor(confidence * BINS));
}

function share<Item>(items: readonly Item[], test: (item: Item) => boolean): number {
  return items.length === 0 ? 0 : items.filter(test).length / items.length;
}

/** Measures a model on labelled messages. */
export function measure(model: IntentModel, examples: readonly Example[]): Measurement {
  const outcomes = examples.map(({ text, intent }) => {
    const [top] = model.predict(text).ranked;
    const confidence = top?.confidence ?? 0;
    return { intent, answer: top?.intent, right: top?.intent === intent, confidence };
  });
  const covered = outcomes.filter(({ confidence }) => confidence >= THRESHOLD);
  const foreign = outcomes.filter(({ intent }) => intent === outOfScope);
  return {
    messages: examples.length,
    accuracy: share(outcomes, ({ right }) => right),
    coverage: share(outcomes, ({ confidence }) => confidence >= THRESHOLD),
    accuracyCovered: share(covered, ({ right }) => right),
    calibrationError: calibrationError(outcomes),
    outOfScopeAccepted: share(
      foreign,
      ({ answer, confidence }) => answer !== outOfScope && confidence >= THRESHOLD,
    ),
  };
}

import { softmax, type IntentModel, type TopicLabel } from '../model/intent-model.js';
import type { Example } from './example.js';

const TEMPERATURE_MIN = 0.2;
const TEMPERATURE_MAX = 5;
const NARROWINGS = 40;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

interface Scored {
  readonly scores: Float64Array;
  readonly columns: readonly number[];
  readonly weight: number;
}

/** Mean negative log-likelihood of the right *intent*: the topics' probabilities are summed first. */
function loss(scored: readonly Scored[], temperature: number): number {
  let total = 0;
  let weights = 0;
  for (const { scores, columns, weight } of scored) {
    const probabilities = Float64Array.from(scores);
    softmax(probabilities, temperature);
    const right = columns.reduce((sum, column) => sum + (probabilities[column] ?? 0), 0);
    total -= Math.log(Math.max(1e-12, right)) * weight;
    weights += weight;
  }
  return total / Math.max(1, weights);
}

function columnsOf(labels: readonly TopicLabel[], intent: string): number[] {
  return [...labels.keys()].filter((column) => labels[column]?.intent === intent);
}

/**
 * Finds the one temperature that makes confidences mean what they say on messages that were not
 * trained on (golden-section search; the loss has one minimum in the temperature).
 */
export function calibrate(model: IntentModel, examples: readonly Example[]): number {
  const scored = examples.map(({ text, intent, weight }) => ({
    scores: model.score(text),
    columns: columnsOf(model.parameters.labels, intent),
    weight,
  }));
  let low = TEMPERATURE_MIN;
  let high = TEMPERATURE_MAX;
  for (let step = 0; step < NARROWINGS; step += 1) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    if (loss(scored, left) < loss(scored, right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

import type { IntentId } from '../intent-catalogue.js';
import { Vectorizer, type Vocabulary } from './vectorizer.js';

/** A fine label of the training sets and the intent that it belongs to. */
export interface TopicLabel {
  readonly topic: string;
  readonly intent: IntentId;
}

/** Everything that training learns; rows are n-grams, columns are topics. */
export interface ModelParameters {
  readonly version: string;
  readonly labels: readonly TopicLabel[];
  readonly vocabulary: Vocabulary;
  /** One signed byte per row and column, row by row; a weight is its byte times its row's scale. */
  readonly weights: Int8Array;
  readonly rowScales: Float32Array;
  readonly biases: Float32Array;
  /** Divides the scores before they become probabilities, so that 0.9 is right nine times in ten. */
  readonly temperature: number;
}

/** Probability of each intent, most probable first, and the leading topic. */
export interface Prediction {
  readonly topic: string;
  readonly ranked: readonly { readonly intent: IntentId; readonly confidence: number }[];
}

/** Turns scores into probabilities in place, at a temperature (Guo et al. 2017, section 4.2). */
export function softmax(scores: Float32Array | Float64Array, temperature: number): void {
  let highest = -Infinity;
  for (const score of scores) highest = Math.max(highest, score);
  let total = 0;
  for (let index = 0; index < scores.length; index += 1) {
    const weight = Math.exp(((scores[index] ?? 0) - highest) / temperature);
    scores[index] = weight;
    total += weight;
  }
  for (let index = 0; index < scores.length; index += 1) {
    scores[index] = (scores[index] ?? 0) / total;
  }
}

/** Multinomial logistic regression over topics, summed into intents. Pure: the same text, the same answer. */
export class IntentModel {
  private readonly vectorizer: Vectorizer;

  constructor(readonly parameters: ModelParameters) {
    this.vectorizer = new Vectorizer(parameters.vocabulary);
  }

  /** Scores of all topics before the temperature: what calibration fits. */
  score(message: string): Float64Array {
    const { weights, rowScales, biases } = this.parameters;
    const scores = Float64Array.from(biases);
    const width = biases.length;
    const { rows, values } = this.vectorizer.vectorize(message);
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] ?? 0;
      const value = (values[index] ?? 0) * (rowScales[row] ?? 0);
      const from = row * width;
      for (let column = 0; column < width; column += 1) {
        scores[column] = (scores[column] ?? 0) + value * (weights[from + column] ?? 0);
      }
    }
    return scores;
  }

  predict(message: string): Prediction {
    const probabilities = this.score(message);
    softmax(probabilities, this.parameters.temperature);
    return this.summarise(probabilities);
  }

  private summarise(probabilities: Float64Array): Prediction {
    const { labels } = this.parameters;
    const sums = new Map<IntentId, number>();
    const leaders = new Map<IntentId, number>();
    for (const [column, { intent }] of labels.entries()) {
      const probability = probabilities[column] ?? 0;
      sums.set(intent, (sums.get(intent) ?? 0) + probability);
      const leader = leaders.get(intent);
      if (leader === undefined || probability > (probabilities[leader] ?? 0)) {
        leaders.set(intent, column);
      }
    }
    const ranked = [...sums]
      .map(([intent, confidence]) => ({ intent, confidence: Math.min(1, confidence) }))
      .sort((one, other) => other.confidence - one.confidence);
    const top = ranked[0]?.intent;
    const column = top === undefined ? undefined : leaders.get(top);
    return { topic: labels[column ?? 0]?.topic ?? '', ranked };
  }
}

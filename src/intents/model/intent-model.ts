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

/** The weights that are not nothing, row by row: most were pruned, and scoring walks only the rest. */
interface SparseRows {
  /** Where each row begins; one more at the end. */
  readonly starts: Uint32Array;
  readonly columns: Uint16Array;
  readonly weights: Float32Array;
}

function toSparseRows({ weights, rowScales, biases }: ModelParameters): SparseRows {
  const width = biases.length;
  const starts = new Uint32Array(rowScales.length + 1);
  let kept = 0;
  for (const weight of weights) if (weight !== 0) kept += 1;
  const sparse = { starts, columns: new Uint16Array(kept), weights: new Float32Array(kept) };
  let at = 0;
  for (const [row, scale] of rowScales.entries()) {
    for (let column = 0; column < width; column += 1) {
      const weight = weights[row * width + column] ?? 0;
      if (weight === 0) continue;
      sparse.columns[at] = column;
      sparse.weights[at] = weight * scale;
      at += 1;
    }
    starts[row + 1] = at;
  }
  return sparse;
}

/** Multinomial logistic regression over topics, summed into intents. Pure: the same text, the same answer. */
export class IntentModel {
  private readonly vectorizer: Vectorizer;
  private readonly sparse: SparseRows;
  /** The intents of the labels, each once, and which of them each column belongs to. */
  private readonly intents: readonly IntentId[];
  private readonly intentOf: Uint8Array;

  constructor(readonly parameters: ModelParameters) {
    this.vectorizer = new Vectorizer(parameters.vocabulary);
    this.sparse = toSparseRows(parameters);
    this.intents = [...new Set(parameters.labels.map(({ intent }) => intent))];
    this.intentOf = Uint8Array.from(parameters.labels, ({ intent }) =>
      this.intents.indexOf(intent),
    );
  }

  /** Scores of all topics before the temperature: what calibration fits. */
  score(message: string): Float64Array {
    const { starts, columns, weights } = this.sparse;
    const scores = Float64Array.from(this.parameters.biases);
    const { rows, values } = this.vectorizer.vectorize(message);
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] ?? 0;
      const value = values[index] ?? 0;
      const end = starts[row + 1] ?? 0;
      for (let at = starts[row] ?? 0; at < end; at += 1) {
        // In bounds by construction; a fallback for what cannot be missing would cost a sixth.
        const column = columns[at] as number;
        scores[column] = (scores[column] as number) + value * (weights[at] as number);
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
    const sums = new Float64Array(this.intents.length);
    const leaders = new Int32Array(this.intents.length).fill(-1);
    for (const [column, probability] of probabilities.entries()) {
      const intent = this.intentOf[column] ?? 0;
      sums[intent] = (sums[intent] ?? 0) + probability;
      const leader = leaders[intent] ?? -1;
      if (leader < 0 || probability > (probabilities[leader] ?? 0)) leaders[intent] = column;
    }
    const order = [...sums.keys()].sort((one, other) => (sums[other] ?? 0) - (sums[one] ?? 0));
    const ranked = order.flatMap((at) => {
      const intent = this.intents[at];
      return intent === undefined ? [] : [{ intent, confidence: Math.min(1, sums[at] ?? 0) }];
    });
    const leader = leaders[order[0] ?? 0] ?? 0;
    return { topic: this.parameters.labels[leader]?.topic ?? '', ranked };
  }
}

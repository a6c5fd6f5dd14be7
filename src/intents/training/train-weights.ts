import { softmax } from '../model/intent-model.js';
import type { SparseVector } from '../model/vectorizer.js';
import { seededRandom, shuffle } from './random.js';

/** A vector with its column and how much it counts. */
export interface TrainingRow {
  readonly vector: SparseVector;
  readonly column: number;
  readonly weight: number;
}

/** The shape of the weights and how they are learnt. */
export interface TrainingPlan {
  readonly rows: number;
  readonly columns: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** L2 penalty per update of a weight. */
  readonly decay: number;
  readonly seed: number;
  readonly onEpoch?: (epoch: number, meanLoss: number) => void;
}

/** Learnt weights, row by row, before they are rounded. */
export interface Weights {
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

/** Smaller errors move nothing: most columns are already right about most messages. */
const GRADIENT_MIN = 1e-3;
const ADAGRAD_START = 0.1;

/** Multinomial logistic regression by stochastic gradient descent with AdaGrad steps. */
class Learner {
  readonly weights: Float32Array;
  readonly biases: Float32Array;
  private readonly squares: Float32Array;
  private readonly biasSquares: Float32Array;
  private readonly scores: Float32Array;

  constructor(private readonly plan: TrainingPlan) {
    this.weights = new Float32Array(plan.rows * plan.columns);
    this.squares = new Float32Array(plan.rows * plan.columns).fill(ADAGRAD_START);
    this.biases = new Float32Array(plan.columns);
    this.biasSquares = new Float32Array(plan.columns).fill(ADAGRAD_START);
    this.scores = new Float32Array(plan.columns);
  }

  /** Learns from one message and answers its loss before the step. */
  learn({ vector, column, weight }: TrainingRow): number {
    this.score(vector);
    softmax(this.scores, 1);
    const loss = -Math.log(Math.max(1e-9, this.scores[column] ?? 0));
    this.scores[column] = (this.scores[column] ?? 0) - 1;
    for (let at = 0; at < this.plan.columns; at += 1) {
      const error = (this.scores[at] ?? 0) * weight;
      if (Math.abs(error) < GRADIENT_MIN) continue;
      this.step(vector, at, error);
    }
    return loss * weight;
  }

  private score({ rows, values }: SparseVector): void {
    const { columns } = this.plan;
    this.scores.set(this.biases);
    for (let index = 0; index < rows.length; index += 1) {
      const from = (rows[index] ?? 0) * columns;
      const value = values[index] ?? 0;
      for (let column = 0; column < columns; column += 1) {
        this.scores[column] =
          (this.scores[column] ?? 0) + value * (this.weights[from + column] ?? 0);
      }
    }
  }

  private step({ rows, values }: SparseVector, column: number, error: number): void {
    const { columns, learningRate, decay } = this.plan;
    const biasSquare = (this.biasSquares[column] ?? 0) + error * error;
    this.biasSquares[column] = biasSquare;
    this.biases[column] =
      (this.biases[column] ?? 0) - (learningRate * error) / Math.sqrt(biasSquare);
    for (let index = 0; index < rows.length; index += 1) {
      const at = (rows[index] ?? 0) * columns + column;
      const old = this.weights[at] ?? 0;
      const gradient = error * (values[index] ?? 0) + decay * old;
      const square = (this.squares[at] ?? 0) + gradient * gradient;
      this.squares[at] = square;
      this.weights[at] = old - (learningRate * gradient) / Math.sqrt(square);
    }
  }
}

/** Learns weights; the same rows, plan and seed give the same weights. */
export function trainWeights(rows: readonly TrainingRow[], plan: TrainingPlan): Weights {
  const learner = new Learner(plan);
  const random = seededRandom(plan.seed);
  const order = Int32Array.from(rows.keys());
  for (let epoch = 1; epoch <= plan.epochs; epoch += 1) {
    shuffle(order, random);
    let loss = 0;
    for (const at of order) {
      const row = rows[at];
      if (row !== undefined) loss += learner.learn(row);
    }
    plan.onEpoch?.(epoch, loss / rows.length);
  }
  return { weights: learner.weights, biases: learner.biases };
}

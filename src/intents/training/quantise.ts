import type { Vocabulary } from '../model/vectorizer.js';
import type { Weights } from './train-weights.js';

/** A weight is one signed byte: -127 to 127 times the scale of its row. */
const STEPS = 127;

/** Weights small enough to ship: weak rows left out, weak weights set to nothing, the rest one byte each. */
export interface CompactWeights {
  readonly vocabulary: Vocabulary;
  readonly weights: Int8Array;
  readonly rowScales: Float32Array;
}

/** How hard to prune. */
export interface PruningPlan {
  readonly rowsMax: number;
  /** Weights nearer to nothing than this are nothing. */
  readonly weightMin: number;
}

function rowNorms(weights: Float32Array, rows: number, columns: number): Float64Array {
  const norms = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    let squares = 0;
    for (let at = row * columns; at < (row + 1) * columns; at += 1) {
      squares += (weights[at] ?? 0) ** 2;
    }
    norms[row] = squares;
  }
  return norms;
}

/** The rows with the most weight, in the order of their hash. */
function strongestRows(vocabulary: Vocabulary, norms: Float64Array, most: number): number[] {
  const strength = (row: number) =>
    (norms[row] ?? 0) / Math.max(1, vocabulary.inverseFrequency[row] ?? 1);
  return [...norms.keys()]
    .sort((one, other) => strength(other) - strength(one) || one - other)
    .slice(0, most)
    .sort((one, other) => one - other);
}

/** Prunes and rounds learnt weights. */
export function quantise(
  { weights, biases }: Weights,
  vocabulary: Vocabulary,
  { rowsMax, weightMin }: PruningPlan,
): CompactWeights {
  const columns = biases.length;
  const kept = strongestRows(
    vocabulary,
    rowNorms(weights, vocabulary.hashes.length, columns),
    rowsMax,
  );
  const rowScales = new Float32Array(kept.length);
  const rounded = new Int8Array(kept.length * columns);
  for (const [to, from] of kept.entries()) {
    const row = weights.subarray(from * columns, (from + 1) * columns);
    const highest = row.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    const scale = highest / STEPS || 1;
    rowScales[to] = scale;
    for (const [column, weight] of row.entries()) {
      rounded[to * columns + column] =
        Math.abs(weight) < weightMin ? 0 : Math.round(weight / scale);
    }
  }
  return {
    vocabulary: {
      hashes: Uint32Array.from(kept, (row) => vocabulary.hashes[row] ?? 0),
      inverseFrequency: Float32Array.from(kept, (row) => vocabulary.inverseFrequency[row] ?? 0),
    },
    weights: rounded,
    rowScales,
  };
}

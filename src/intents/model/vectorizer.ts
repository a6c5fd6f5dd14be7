import { countFeatures } from './features.js';

/** A sparse vector: rows of the vocabulary and their weights, in the order they were met. */
export interface SparseVector {
  readonly rows: Int32Array;
  readonly values: Float32Array;
}

/** The known n-grams with their inverse document frequency; everything else is ignored. */
export interface Vocabulary {
  readonly hashes: Uint32Array;
  readonly inverseFrequency: Float32Array;
}

const EMPTY = -1;
/** Slots per known n-gram in the lookup table: short probes, half a megabyte at most. */
const SLOTS_PER_ENTRY = 4;

/** Turns messages into TF-IDF vectors: sublinear counts, words and characters each of unit length. */
export class Vectorizer {
  private readonly slots: Int32Array;
  private readonly mask: number;

  constructor(readonly vocabulary: Vocabulary) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, vocabulary.hashes.length * SLOTS_PER_ENTRY)));
    this.mask = size - 1;
    this.slots = new Int32Array(size).fill(EMPTY);
    for (const [row, hash] of vocabulary.hashes.entries()) {
      let slot = hash & this.mask;
      while (this.slots[slot] !== EMPTY) slot = (slot + 1) & this.mask;
      this.slots[slot] = row;
    }
  }

  vectorize(message: string): SparseVector {
    const { words, characters } = countFeatures(message);
    const rows: number[] = [];
    const values: number[] = [];
    for (const block of [words, characters]) {
      const from = values.length;
      let squares = 0;
      for (const [hash, times] of block) {
        const row = this.rowOf(hash);
        if (row === EMPTY) continue;
        const value = (1 + Math.log(times)) * (this.vocabulary.inverseFrequency[row] ?? 0);
        squares += value * value;
        rows.push(row);
        values.push(value);
      }
      const norm = Math.sqrt(squares) || 1;
      for (let index = from; index < values.length; index += 1) {
        values[index] = (values[index] ?? 0) / norm;
      }
    }
    return { rows: Int32Array.from(rows), values: Float32Array.from(values) };
  }

  private rowOf(hash: number): number {
    let slot = hash & this.mask;
    for (;;) {
      const row = this.slots[slot] ?? EMPTY;
      if (row === EMPTY || this.vocabulary.hashes[row] === hash) return row;
      slot = (slot + 1) & this.mask;
    }
  }
}

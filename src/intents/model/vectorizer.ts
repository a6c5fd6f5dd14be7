import { normaliseMessage } from '../message-text.js';
import { visitCharacters, visitWords } from './features.js';

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
const COUNT_MAX = 0xffff;
/** Slots per known n-gram in the lookup table: short probes, half a megabyte at most. */
const SLOTS_PER_ENTRY = 4;

/** Turns messages into TF-IDF vectors: sublinear counts, words and characters each of unit length. */
export class Vectorizer {
  private readonly slots: Int32Array;
  private readonly mask: number;
  /** How often each row occurs in the message at hand; all zero between messages. */
  private readonly counts: Uint16Array;

  constructor(readonly vocabulary: Vocabulary) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, vocabulary.hashes.length * SLOTS_PER_ENTRY)));
    this.mask = size - 1;
    this.counts = new Uint16Array(vocabulary.hashes.length);
    this.slots = new Int32Array(size).fill(EMPTY);
    for (const [row, hash] of vocabulary.hashes.entries()) {
      let slot = hash & this.mask;
      while (this.slots[slot] !== EMPTY) slot = (slot + 1) & this.mask;
      this.slots[slot] = row;
    }
  }

  vectorize(message: string): SparseVector {
    const text = normaliseMessage(message);
    const rows: number[] = [];
    const values: number[] = [];
    visitWords(text, (hash) => {
      this.count(hash, rows);
    });
    this.weigh(rows, values);
    visitCharacters(text, (hash) => {
      this.count(hash, rows);
    });
    this.weigh(rows, values);
    return { rows: Int32Array.from(rows), values: Float32Array.from(values) };
  }

  private count(hash: number, rows: number[]): void {
    const row = this.rowOf(hash);
    if (row === EMPTY) return;
    const times = this.counts[row] ?? 0;
    if (times === 0) rows.push(row);
    this.counts[row] = Math.min(COUNT_MAX, times + 1);
  }

  /** Weighs the rows that have no value yet, scales them to unit length and clears their counts. */
  private weigh(rows: readonly number[], values: number[]): void {
    const from = values.length;
    let squares = 0;
    for (let index = from; index < rows.length; index += 1) {
      const row = rows[index] ?? 0;
      const value =
        (1 + Math.log(this.counts[row] ?? 1)) * (this.vocabulary.inverseFrequency[row] ?? 0);
      this.counts[row] = 0;
      squares += value * value;
      values.push(value);
    }
    const norm = Math.sqrt(squares) || 1;
    for (let index = from; index < values.length; index += 1) {
      values[index] = (values[index] ?? 0) / norm;
    }
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

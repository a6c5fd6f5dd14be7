import { normaliseMessage } from '../message-text.js';

/** Character n-grams of the text with a space on either side, so that word edges count. */
const CHARACTERS_MIN = 2;
const CHARACTERS_MAX = 5;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Seeds that keep words, pairs of words and character n-grams in ranges of their own. */
const WORD_SEED = 0x9e3779b9;
const PAIR_SEED = 0x85ebca6b;

/** A bag of hashed n-grams: how often each occurs, words and characters apart. */
export interface FeatureCounts {
  readonly words: ReadonlyMap<number, number>;
  readonly characters: ReadonlyMap<number, number>;
}

function hashWord(word: string, seed: number): number {
  let hash = (FNV_OFFSET ^ seed) >>> 0;
  for (let index = 0; index < word.length; index += 1) {
    hash = Math.imul(hash ^ word.charCodeAt(index), FNV_PRIME) >>> 0;
  }
  return hash;
}

function count(into: Map<number, number>, feature: number): void {
  into.set(feature, (into.get(feature) ?? 0) + 1);
}

function countWords(text: string): Map<number, number> {
  const counts = new Map<number, number>();
  let before = '';
  for (const word of text.match(/[\p{L}\p{N}']+|[$€£¥?!%]/gu) ?? []) {
    count(counts, hashWord(word, WORD_SEED));
    if (before !== '') count(counts, hashWord(`${before} ${word}`, PAIR_SEED));
    before = word;
  }
  return counts;
}

function countCharacters(text: string): Map<number, number> {
  const counts = new Map<number, number>();
  const padded = ` ${text} `;
  for (let start = 0; start < padded.length; start += 1) {
    const last = Math.min(CHARACTERS_MAX, padded.length - start);
    let hash = FNV_OFFSET;
    for (let length = 1; length <= last; length += 1) {
      hash = Math.imul(hash ^ padded.charCodeAt(start + length - 1), FNV_PRIME) >>> 0;
      if (length >= CHARACTERS_MIN) count(counts, hash);
    }
  }
  return counts;
}

/** Counts the word 1-2-grams and character 2-5-grams of a message, normalised, as 32-bit hashes. */
export function countFeatures(message: string): FeatureCounts {
  const text = normaliseMessage(message);
  return { words: countWords(text), characters: countCharacters(text) };
}

import { countFeatures } from '../model/features.js';
import type { Vocabulary } from '../model/vectorizer.js';

/** N-grams that fewer messages hold say nothing about messages to come. */
export interface VocabularyLimits {
  readonly wordMessagesMin: number;
  readonly characterMessagesMin: number;
}

/** Counts in how many messages each n-gram occurs and keeps the frequent ones, in order of their hash. */
export function buildVocabulary(texts: readonly string[], limits: VocabularyLimits): Vocabulary {
  const words = new Map<number, number>();
  const characters = new Map<number, number>();
  for (const text of texts) {
    const counts = countFeatures(text);
    for (const hash of counts.words.keys()) words.set(hash, (words.get(hash) ?? 0) + 1);
    for (const hash of counts.characters.keys()) {
      characters.set(hash, (characters.get(hash) ?? 0) + 1);
    }
  }
  const kept = new Map<number, number>();
  for (const [hash, times] of characters) {
    if (times >= limits.characterMessagesMin) kept.set(hash, times);
  }
  for (const [hash, times] of words) {
    if (times >= limits.wordMessagesMin) kept.set(hash, times);
  }
  const hashes = Uint32Array.from(kept.keys()).sort();
  const inverse = Array.from(hashes, (hash) => inverseFrequency(texts.length, kept.get(hash) ?? 0));
  return { hashes, inverseFrequency: Float32Array.from(inverse) };
}

/** Smoothed inverse document frequency: as if one more message held every n-gram. */
function inverseFrequency(messages: number, times: number): number {
  return Math.log((1 + messages) / (1 + times)) + 1;
}

import { normaliseMessage } from '../message-text.js';
import { type FeatureVisitor, visitCharacters, visitWords } from '../model/features.js';
import type { Vocabulary } from '../model/vectorizer.js';

/** N-grams that fewer messages hold say nothing about messages to come. */
export interface VocabularyLimits {
  readonly wordMessagesMin: number;
  readonly characterMessagesMin: number;
}

type Visit = (text: string, visit: FeatureVisitor) => void;

function messagesByFeature(texts: readonly string[], visit: Visit): Map<number, number> {
  const messages = new Map<number, number>();
  for (const text of texts) {
    const present = new Set<number>();
    visit(text, (hash) => present.add(hash));
    for (const hash of present) messages.set(hash, (messages.get(hash) ?? 0) + 1);
  }
  return messages;
}

/** Counts in how many messages each n-gram occurs and keeps the frequent ones, in order of their hash. */
export function buildVocabulary(texts: readonly string[], limits: VocabularyLimits): Vocabulary {
  const normalised = texts.map(normaliseMessage);
  const words = messagesByFeature(normalised, visitWords);
  const characters = messagesByFeature(normalised, visitCharacters);
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

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';
import { z } from 'zod';

import { intentIds } from '../intent-catalogue.js';
import type { Example } from './example.js';

/** Our own messages are fewer and nearer to what customers write: each counts as several. */
const OWN_WEIGHT = 7;
/** Written-out variants of one pattern together count no more than this many messages. */
const VARIANTS_MAX = 60;

const corpusSchema = z.strictObject({
  intent: z.enum(intentIds),
  topics: z.record(
    z.string(),
    z.strictObject({
      messages: z.array(z.string().min(1)).default([]),
      /** Messages with choices in braces: `freeze {my|the} card`. */
      patterns: z.array(z.string().min(1)).default([]),
    }),
  ),
});

/** Writes a pattern out; where it has more variants than `most`, evenly spread ones are taken. */
export function expandPattern(pattern: string, most = VARIANTS_MAX): string[] {
  const parts = pattern.split(/\{([^{}]*)\}/);
  const choices = parts.map((part, index) => (index % 2 === 0 ? [part] : part.split('|')));
  const total = choices.reduce((product, choice) => product * choice.length, 1);
  const taken = Math.min(total, most);
  const variants = Array.from({ length: taken }, (_, nth) => {
    // A stride coprime to most sizes, so that all choices of all places turn up.
    let number = Math.floor((nth * total) / taken + ((nth * 7919) % Math.max(1, total / taken)));
    return choices
      .map((choice) => {
        const chosen = choice[number % choice.length] ?? '';
        number = Math.floor(number / choice.length);
        return chosen;
      })
      .join('')
      .replace(/\s+/g, ' ')
      .trim();
  });
  return [...new Set(variants)];
}

/** Reads the corpus files of a folder; each names one intent and its topics. */
export function readOwnCorpus(folder: string): Example[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort();
  return files.flatMap((file) => {
    const { intent, topics } = corpusSchema.parse(parse(readFileSync(join(folder, file), 'utf8')));
    return Object.entries(topics).flatMap(([topic, { messages, patterns }]) => {
      const written = messages.map((text): Example => ({
        text,
        topic,
        intent,
        weight: OWN_WEIGHT,
        source: 'own',
      }));
      const expanded = patterns.flatMap((pattern) =>
        expandPattern(pattern).map((text): Example => ({
          text,
          topic,
          intent,
          weight: 1,
          source: 'own',
        })),
      );
      return [...written, ...expanded];
    });
  });
}

const holdoutSchema = z.record(z.enum(intentIds), z.array(z.string().min(1)));

/** Reads messages that measure and are never learnt, by intent. */
export function readHoldout(file: string): Example[] {
  const byIntent = holdoutSchema.parse(parse(readFileSync(file, 'utf8')));
  return Object.entries(byIntent).flatMap(([intent, texts]) =>
    texts.map((text): Example => ({
      text,
      topic: 'holdout',
      intent: intentIds.find((known) => known === intent) ?? 'out-of-scope',
      weight: 1,
      source: 'own',
    })),
  );
}

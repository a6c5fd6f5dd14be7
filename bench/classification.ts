import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { parse } from 'yaml';

import { IntentClassifier } from '../src/intents/index.js';
import { findPoliciesDirectory, intentsPolicySchema } from '../src/policy/index.js';

/** How long one message takes after warm-up, and the memory of the process with the model loaded. */
export interface ClassificationBench {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMb: number;
  readonly messages: number;
}

/** Rounds over the messages before the clock counts: the compiler has then seen every path. */
const WARM_UP_ROUNDS = 100;
const ROUNDS = 200;
const BYTES_PER_MB = 1024 * 1024;

/** What customers write: from one word to a paragraph. */
const MESSAGES = [
  'balance',
  "What's my current balance?",
  "I see a $500 charge I didn't make!",
  'how much have I got left till payday',
  "someone's been using my card in Vegas",
  'freeze my card ending 1234 please',
  'show me the transaction in my dispute',
  'I was charged 49.99 twice by the gym on March 3rd and want it back',
  'Hi there, I hope you are well. Could you tell me whether my salary has come in? Thanks, Sam',
  'why do you need my passport',
  'No reconozco este cargo de mi tarjeta',
  'Wie hoch ist mein Kontostand?',
  'We ordered a table online in March, paid right away, and since then the company puts us off from week to week. We do not believe in it any more and would like to have our money back.',
  'This is the third time that I write. Yesterday evening my phone told me about a payment in another country, I still have the card here, and nobody on your hotline could tell me what to do. Please block whatever has to be blocked and call me back.',
];

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Times the whole classification, entities and language included, one message at a time. */
export function runClassificationBench(): Promise<ClassificationBench> {
  const policies = readFileSync(join(findPoliciesDirectory(), 'intents.yaml'), 'utf8');
  const classifier = IntentClassifier.open(intentsPolicySchema.parse(parse(policies)));
  const now = new Date('2026-03-18T12:00:00Z');
  const times = new Float64Array(MESSAGES.length * ROUNDS);
  let taken = 0;
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    for (const message of MESSAGES) {
      const from = performance.now();
      classifier.classify(message, now);
      const elapsed = performance.now() - from;
      if (round >= WARM_UP_ROUNDS) times[taken++] = elapsed;
    }
  }
  times.sort();
  return Promise.resolve({
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    rssMb: Math.round(process.memoryUsage.rss() / BYTES_PER_MB),
    messages: taken,
  });
}

import { createHash } from 'node:crypto';

import type { Example } from './example.js';

/** Messages to learn from, to calibrate on, and to measure on; no message is in two of them. */
export interface Split {
  readonly training: Example[];
  readonly calibration: Example[];
  readonly test: Example[];
}

const CALIBRATION_PERCENT = 5;
const TEST_PERCENT = 10;

/** Splits by the digest of the text, so that the same message falls on the same side every time. */
export function split(examples: readonly Example[]): Split {
  const result: Split = { training: [], calibration: [], test: [] };
  for (const example of examples) {
    const digest = createHash('sha256').update(example.text.trim().toLowerCase()).digest();
    const percentile = digest.readUInt32BE(0) % 100;
    if (percentile < TEST_PERCENT) result.test.push(example);
    else if (percentile < TEST_PERCENT + CALIBRATION_PERCENT) result.calibration.push(example);
    else result.training.push(example);
  }
  return result;
}

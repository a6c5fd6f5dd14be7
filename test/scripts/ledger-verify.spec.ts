import { describe, expect, it } from '@jest/globals';

import { startChild } from '../support/child-process.js';

describe('ledger:verify -- --database', () => {
  // Somebody who names an option relies on it: what is not heeded is refused before anything is read.
  it.each([
    ['another log beside it', ['/srv/audit-log'], 'One log at a time'],
    ['a minimal index', ['--minimum-index', '256'], 'The database says itself what was pruned'],
  ])('refuses %s', async (_name, args, sentence) => {
    const verifier = startChild('scripts/ledger-verify.ts', {
      env: {},
      parameters: ['--database', ...args],
    });
    expect([await verifier.ended(), verifier.output]).toEqual([2, `${sentence}\n`]);
  });
});

import { describe, expect, it } from '@jest/globals';

import type { LedgerEvent } from '../../src/audit/index.js';
import { complianceStatusOf, violationsIn } from '../../src/audit/violations.js';

const deviating = new Set(['assurance.intent.balance-inquiry']);

function recorded(change: object): LedgerEvent {
  const event = {
    type: 'account.balance_disclosed',
    outcome: 'success',
    code: null,
    policy: { version: '2026.1', digest: 'a'.repeat(64), rule: null },
    ...change,
  };
  const hash = Buffer.alloc(32);
  const id = '01939f00-0000-7000-8000-000000000001';
  return { id, event, text: JSON.stringify(event), leafIndex: 7, leafHash: hash, eventHash: hash };
}

const kindsOf = (...changes: object[]) =>
  violationsIn(changes.map(recorded), deviating).map(({ kind }) => kind);

describe('the violations that events record', () => {
  it('are alerts of the watch, refusals, and what a deviation permitted', () => {
    const policy = { version: '2026.1', digest: 'a', rule: 'assurance.intent.balance-inquiry' };
    expect(
      kindsOf(
        { type: 'ledger.fault_detected', outcome: 'failed' },
        { outcome: 'refused', code: 'authority.denied' },
        { policy },
      ),
    ).toEqual(['fault', 'refusal', 'deviation']);
  });

  it('are neither what was permitted, nor a code that was mistyped, nor a refusal twice', () => {
    const policy = { version: '2026.1', digest: 'a', rule: 'assurance.intent.balance-inquiry' };
    expect(kindsOf({}, { type: 'verification.challenge_failed', outcome: 'failed' })).toEqual([]);
    expect(kindsOf({ outcome: 'refused', policy })).toEqual(['refusal']);
  });

  it('make the difference of the status, which never says compliant', () => {
    expect(complianceStatusOf([])).toBe('no_violation_recorded');
    expect(complianceStatusOf(violationsIn([recorded({ outcome: 'refused' })], deviating))).toBe(
      'violations_found',
    );
  });
});

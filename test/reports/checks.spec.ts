import { describe, expect, it } from '@jest/globals';

import '../../src/app.module.js';

import { type AuditEvent, listEventDefinitions } from '../../src/ledger/index.js';
import { allChecks } from '../../src/reports/index.js';
import { type Evidence, RunningCheck } from '../../src/reports/checks/check.js';

const person = '0b0b7b1e-9c5e-4b7e-8a53-2f6f0c8f1a01';
const staffMember = '5f0c7a64-2f0a-4b0e-8d67-6f7c1c3f9b02';
const requestId = '7d0a2d0e-8b1f-4b62-9a54-0c8f6f1a2b03';

function event(change: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: '01939f00-0000-7000-8000-000000000001',
    type: 'conversation.started',
    occurredAt: '2026-08-01T10:00:00.000Z',
    recordedAt: '2026-08-01T10:00:00.000Z',
    actor: { kind: 'customer', id: person, role: null, level: null, onBehalfOf: null },
    origin: { channel: 'chat', address: null, userAgent: null, requestId, traceId: '0'.repeat(32) },
    action: 'conversation.start',
    resource: null,
    subject: person,
    case: null,
    purpose: 'balance-inquiry',
    assurance: { acr: 'aal2', amr: ['pwd', 'sms'], method: 'sms', age: 10 },
    outcome: 'success',
    code: null,
    dataAccessed: [],
    detail: {},
    policy: { version: '2026.1', digest: 'a'.repeat(64), rule: null },
    retention: { class: 'ledger', expiresAt: '2033-08-01T10:00:00.000Z' },
    payloadCommitment: null,
    ...change,
  };
}

function evidence(sealed: AuditEvent, index: number, linked = true): Evidence {
  const text = JSON.stringify(sealed);
  return { index, eventId: sealed.id, leafHash: 'b'.repeat(64), linked, text, event: sealed };
}

const vote = { kind: 'approval-request', id: '01939f00-0000-7000-8000-000000000009' };
const failure = event({ type: 'verification.challenge_failed', outcome: 'failed' });
const disclosure = event({
  type: 'account.balance_disclosed',
  dataAccessed: ['balance.available'],
});
const caseId = '01939f00-0000-7000-8000-00000000000a';
const report = event({ type: 'fraud.reported', case: caseId });
const escalated = (recordedAt: string): AuditEvent =>
  event({ type: 'case.escalated', case: caseId, recordedAt });

/** For every check: events that must pass, and a planted fault that must not. */
const cases: Record<string, { good: AuditEvent[]; broken: AuditEvent[]; linked?: boolean }> = {
  'pci-10.2.2': { good: [event()], broken: [event({ actor: { ...event().actor, id: '' } })] },
  'pci-10.3.4': { good: [event()], broken: [event()], linked: false },
  'pci-3.5.1': { good: [event()], broken: [event({ detail: { note: '4111 1111 1111 1111' } })] },
  'pci-8.4.2': {
    good: [event({ type: 'staff.session_created', detail: { acr: 'aal2' } })],
    broken: [event({ type: 'staff.session_created', detail: { acr: 'aal1' } })],
  },
  'pci-8.3.4': {
    good: [
      ...Array<AuditEvent>(10).fill(failure),
      event({ type: 'verification.verified' }),
      failure,
    ],
    broken: Array<AuditEvent>(11).fill(failure),
  },
  'soc2-cc6.1': {
    good: [disclosure],
    broken: [
      event({
        ...disclosure,
        assurance: { acr: 'aal1', amr: ['pwd'], method: 'passcode', age: 0 },
      }),
    ],
  },
  'soc2-cc6.3': {
    good: [
      event({ type: 'approval.requested', resource: vote }),
      event({
        type: 'approval.voted',
        resource: vote,
        actor: { ...event().actor, id: staffMember },
      }),
    ],
    broken: [
      event({ type: 'approval.requested', resource: vote }),
      event({ type: 'approval.voted', resource: vote }),
    ],
  },
  'soc2-cc7.3': {
    good: [report, escalated('2026-08-01T10:00:59.000Z')],
    broken: [report, escalated('2026-08-01T10:01:01.000Z')],
  },
  'soc2-cc8.1': {
    good: [event()],
    broken: [event({ policy: { version: '', digest: '', rule: null } })],
  },
  'gdpr-5.1.b': { good: [disclosure], broken: [{ ...disclosure, purpose: null }] },
  'gdpr-5.1.e': {
    good: [event()],
    broken: [event({ retention: { class: 'ledger', expiresAt: '2026-08-01T10:00:00.000Z' } })],
  },
  'gdpr-32.1.a': { good: [event()], broken: [event({ detail: { to: 'jane.doe@example.com' } })] },
  'gdpr-15.access': { good: [disclosure], broken: [{ ...disclosure, dataAccessed: [] }] },
};

describe('Compliance checks', () => {
  it('look at registered event types only', () => {
    const registered = new Set(listEventDefinitions().map(({ type }) => type));
    const named = allChecks.flatMap(({ about = [] }) => about);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((type) => !registered.has(type))).toEqual([]);
  });

  it('find a fraud report that nobody escalated', () => {
    const check = allChecks.find(({ id }) => id === 'soc2-cc7.3');
    if (!check) throw new Error('The check is gone');
    const running = new RunningCheck(check);
    running.look(evidence(report, 0));
    expect(running.result()).toMatchObject({ status: 'fail', failures: 1 });
  });

  it('offers at least three checks for each standard, each with a planted fault here', () => {
    for (const standard of ['PCI-DSS', 'SOC2', 'GDPR']) {
      expect(
        allChecks.filter((check) => check.standard === standard).length,
      ).toBeGreaterThanOrEqual(3);
    }
    expect(Object.keys(cases).sort()).toEqual(allChecks.map(({ id }) => id).sort());
  });

  for (const check of allChecks) {
    it(`${check.id} passes on good evidence, fails on a planted fault, and names it`, () => {
      const planted = cases[check.id];
      if (!planted) throw new Error(`No planted fault for ${check.id}`);
      const good = new RunningCheck(check);
      planted.good.forEach((each, index) => {
        good.look(evidence(each, index));
      });
      expect(good.result()).toMatchObject({ status: 'pass', failures: 0 });
      expect(good.result().population).toBeGreaterThan(0);

      const broken = new RunningCheck(check);
      planted.broken.forEach((each, index) => {
        broken.look(evidence(each, index, planted.linked));
      });
      const result = broken.result();
      expect(result).toMatchObject({ status: 'fail', failures: 1 });
      expect(result.samples[0]?.index).toBe(planted.broken.length - 1);
    });

    it(`${check.id} says nothing where the period has no evidence`, () => {
      expect(new RunningCheck(check).result()).toMatchObject({
        status: 'not_applicable',
        population: 0,
      });
    });
  }
});

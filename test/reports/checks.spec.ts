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

const at = (recordedAt: string, change: Partial<AuditEvent> = {}): AuditEvent =>
  event({ ...change, recordedAt, occurredAt: recordedAt });
const byService: Partial<AuditEvent> = {
  actor: { kind: 'service', id: 'ledger-review', role: 'service', level: null, onBehalfOf: null },
  action: 'ledger.reviewed',
  subject: null,
  purpose: null,
};
const byStaff: Partial<AuditEvent> = {
  actor: { kind: 'staff', id: staffMember, role: 'auditor admin', level: null, onBehalfOf: null },
  subject: null,
  policy: { version: '2026.1', digest: 'a'.repeat(64), rule: 'ledger.list-events.readers' },
};

/** The review of a day of August 2026, in New York, made an hour after its end. */
const review = (day: number, detail: object = {}, made?: string): AuditEvent => {
  const midnight = (of: number): string => new Date(Date.UTC(2026, 7, of, 4)).toISOString();
  return at(made ?? new Date(Date.UTC(2026, 7, day + 1, 5)).toISOString(), {
    ...byService,
    type: 'ledger.reviewed',
    detail: {
      from: midnight(day),
      to: midnight(day + 1),
      treeSize: 100,
      isWatched: true,
      faultsOpen: 0,
      clockDriftMilliseconds: 3,
      firstIndex: 0,
      oldestAt: '2026-01-01T00:00:00.000Z',
      archivesMissing: 0,
      copies: [{ name: 'published', treeSize: 100 }],
      ...detail,
    },
  });
};
const pruning = (from: number, to: number): AuditEvent =>
  event({ ...byService, type: 'ledger.pruned', detail: { from, to, archiveDigest: 'x' } });
const logging = (how: 'started' | 'stopped', id: string, place: string | null): AuditEvent =>
  event({
    ...byService,
    type: `ledger.logging_${how}`,
    resource: { kind: 'process', id },
    detail: { place },
  });
const fault = (kind: string): AuditEvent =>
  event({ ...byService, type: 'ledger.fault_detected', outcome: 'failed', detail: { kind } });
const told = (recordedAt: string): AuditEvent =>
  at(recordedAt, {
    ...byService,
    type: 'notification.team_alerted',
    detail: { alert: 'ledger.fault_detected', teams: ['security'] },
  });
const listed = event({ ...byStaff, type: 'ledger.events_listed' });
const withoutOrigin = { ...event().origin, requestId: '' };

/** For every check: events that must pass, and a planted fault that must not. */
const cases: Record<string, { good: AuditEvent[]; broken: AuditEvent[]; linked?: boolean }> = {
  'pci-10.2.1.1': { good: [disclosure], broken: [{ ...disclosure, dataAccessed: [] }] },
  'pci-10.2.1.2': {
    good: [event(byStaff)],
    broken: [event({ ...byStaff, actor: { ...event(byStaff).actor, id: 'shared-admin' } })],
  },
  'pci-10.2.1.3': {
    good: [listed, event({ ...listed, outcome: 'refused', policy: event().policy })],
    broken: [event({ ...listed, policy: event().policy })],
  },
  'pci-10.2.1.4': {
    good: [failure, event({ outcome: 'refused', code: 'authority.denied' })],
    broken: [event({ outcome: 'refused', dataAccessed: ['balance.available'] })],
  },
  'pci-10.2.1.5': {
    good: [event({ type: 'staff.disabled', resource: { kind: 'staff', id: staffMember } })],
    broken: [event({ type: 'staff.disabled', subject: null })],
  },
  'pci-10.2.1.6': {
    good: [
      logging('started', 'one', 'here'),
      logging('started', 'two', 'there'),
      logging('stopped', 'one', 'here'),
      logging('started', 'three', 'here'),
      logging('started', 'four', null),
      logging('started', 'five', null),
    ],
    broken: [logging('started', 'one', 'here'), logging('started', 'two', 'here')],
  },
  'pci-10.2.1.7': {
    good: [
      event({ type: 'ledger.schema_changed', detail: { object: 'table audit_events' } }),
      event({ type: 'ledger.partitions_made', detail: { partitions: ['audit_entries_000001'] } }),
      event({ type: 'client.created', resource: { kind: 'api-client', id: staffMember } }),
    ],
    broken: [event({ type: 'ledger.schema_changed', detail: { object: '' } })],
  },
  'pci-10.2.2': { good: [event()], broken: [event({ actor: { ...event().actor, id: '' } })] },
  'pci-10.3.1': {
    good: [listed, event({ type: 'ledger.events_listed', outcome: 'refused' })],
    broken: [event({ ...listed, actor: event().actor })],
  },
  'pci-10.3.2': { good: [review(1)], broken: [fault('guard_changed')] },
  'pci-10.3.3': {
    good: [review(1)],
    broken: [review(1, { copies: [{ name: 'published', treeSize: 99 }] })],
  },
  'pci-10.4.1': {
    good: [at('2026-08-01T10:00:00.000Z'), review(1), review(2), at('2026-08-04T10:00:00.000Z')],
    broken: [at('2026-08-01T10:00:00.000Z'), review(1), at('2026-08-04T10:00:00.000Z')],
  },
  'pci-10.5.1': {
    good: [event(), pruning(0, 256), pruning(256, 512), review(1, { firstIndex: 512 })],
    broken: [pruning(0, 256), pruning(512, 768)],
  },
  'pci-10.6.1': {
    good: [review(1)],
    broken: [event({ ...byService, type: 'ledger.clock_changed', detail: {} })],
  },
  'pci-10.7.2': {
    good: [fault('leaf_changed'), told('2026-08-01T10:14:00.000Z')],
    broken: [fault('leaf_changed'), told('2026-08-01T10:16:00.000Z')],
  },
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

/** Further faults, each of which alone breaks its check. */
const faults: readonly (readonly [id: string, what: string, events: AuditEvent[]])[] = [
  ['pci-10.2.2', 'an event without origin', [event({ origin: withoutOrigin })]],
  ['pci-10.2.2', 'an event without time', [event({ recordedAt: 'soon' })]],
  ['pci-10.2.2', 'a resource without id', [event({ resource: { kind: 'case', id: '' } })]],
  ['pci-10.2.2', 'an event about nothing', [event({ subject: null, action: 'something' })]],
  ['pci-10.2.1.1', 'a disclosure without origin', [{ ...disclosure, origin: withoutOrigin }]],
  ['pci-10.2.1.7', 'a client without id', [event({ type: 'client.created' })]],
  ['pci-10.3.1', 'a reading without a rule', [event({ ...listed, policy: event().policy })]],
  ['pci-10.3.2', 'a fault that stands open', [review(1, { faultsOpen: 1 })]],
  [
    'pci-10.3.3',
    'a witness that never cosigned',
    [review(1, { copies: [{ name: 'witness.example/w1', treeSize: null }] })],
  ],
  ['pci-10.3.4', 'a damage that the watch found', [fault('leaf_changed')]],
  ['pci-10.4.1', 'a day that no review names', [review(1), review(3)]],
  ['pci-10.4.1', 'a review that nobody watched for', [review(1, { isWatched: false })]],
  ['pci-10.4.1', 'a review a week later', [review(1, {}, '2026-08-09T05:00:00.000Z')]],
  ['pci-10.4.1', 'one review of two days', [review(1, { from: '2026-07-31T04:00:00.000Z' })]],
  [
    'pci-10.5.1',
    'an event that may go after a month',
    [event({ retention: { class: 'ledger', expiresAt: '2026-09-01T10:00:00.000Z' } })],
  ],
  ['pci-10.5.1', 'an archive that is gone', [review(1, { archivesMissing: 1 })]],
  [
    'pci-10.5.1',
    'two months at hand',
    [review(1, { firstIndex: 512, oldestAt: '2026-06-01T00:00:00.000Z' })],
  ],
  ['pci-10.6.1', 'clocks that are apart', [review(1, { clockDriftMilliseconds: -2_500 })]],
  [
    'pci-10.7.2',
    'a witness of another history that nobody was told of',
    [
      event({ ...byService, type: 'ledger.witness_conflict', detail: {} }),
      at('2026-08-01T11:00:00.000Z'),
    ],
  ],
  [
    'pci-10.7.2',
    'an alert that nobody was told of',
    [fault('leaf_changed'), at('2026-08-01T11:00:00.000Z')],
  ],
];

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

  it.each(faults)('%s fails on %s', (id, _, events) => {
    const check = allChecks.find((one) => one.id === id);
    if (!check) throw new Error(`There is no check ${id}`);
    const running = new RunningCheck(check);
    events.forEach((each, index) => {
      running.look(evidence(each, index));
    });
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

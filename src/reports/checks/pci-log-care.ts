import { alertTypes, type AuditEvent } from '../../ledger/index.js';
import type { Check, Evidence, Judge, PairingJudge } from './check.js';
import { logAccessTypes } from './log-event-types.js';

const standard = 'PCI-DSS';
const hourMilliseconds = 3_600_000;
const dayMilliseconds = 24 * hourMilliseconds;
/** A day on which the clocks go back has 25 hours. */
const localDayMillisecondsMax = 25 * hourMilliseconds;
const alertMillisecondsMax = hourMilliseconds / 4;
const driftMillisecondsMax = 2_000;
const guardKind = 'guard_changed';

/** How the log is protected, copied, reviewed and kept (PCI DSS v4.0.1 10.3 to 10.7). */
export const logCareChecks: readonly Check[] = [
  {
    id: 'pci-10.3.1',
    standard,
    requirement: '10.3.1',
    title: 'The audit log is read only by those whose work needs it',
    explanation:
      'Fails where the log was shown to anybody but staff or an integration client whom a rule permitted it.',
    about: logAccessTypes,
    judge:
      () =>
      ({ event: { outcome, actor, policy } }) => {
        // A refusal is the control at work.
        if (outcome !== 'success') return 'good';
        const isReader = actor.kind === 'staff' || actor.kind === 'client';
        return isReader && policy.rule !== null ? 'good' : 'broken';
      },
  },
  {
    id: 'pci-10.3.2',
    standard,
    requirement: '10.3.2',
    title: 'Nothing that protects the audit log from change was taken away',
    explanation:
      'Fails where the watch found triggers, grants or tables of the log changed, or a daily review found a ' +
      'fault standing open.',
    about: ['ledger.fault_detected', 'ledger.reviewed'],
    judge:
      () =>
      ({ event }) => {
        if (event.type === 'ledger.reviewed') {
          return reviewOf(event).faultsOpen === 0 ? 'good' : 'broken';
        }
        return isGuardFault(event) ? 'broken' : 'not_concerned';
      },
  },
  {
    id: 'pci-10.3.3',
    standard,
    requirement: '10.3.3',
    title: 'The audit log is promptly copied to where its database cannot change it',
    explanation:
      'Fails where, at the daily review, the published log or a witness of the policy did not have all ' +
      'entries of the day. Without evidence where neither is configured: a backup is then a person’s to show.',
    about: ['ledger.reviewed'],
    judge:
      () =>
      ({ event }) => {
        const { copies, treeSize } = reviewOf(event);
        if (copies.length === 0) return 'not_concerned';
        return copies.every((copy) => (copy.treeSize ?? -1) >= treeSize) ? 'good' : 'broken';
      },
  },
  {
    id: 'pci-10.3.4',
    standard,
    requirement: '10.3.4',
    title: 'Audit log entries are chained and unchanged',
    explanation:
      'Fails where an entry does not link to the leaf hash of the entry before it, or the watch found the ' +
      'record damaged.',
    judge:
      () =>
      ({ event, linked }) => {
        const isDamage = event.type === 'ledger.fault_detected' && !isGuardFault(event);
        return linked && !isDamage ? 'good' : 'broken';
      },
  },
  {
    id: 'pci-10.4.1',
    standard,
    requirement: '10.4.1, 10.4.1.1',
    title: 'The audit log was reviewed every day, by the service itself',
    explanation:
      'Each day needs a review of its own that goes on from the one before, follows within a day, and found ' +
      'the watch looking. Fails on a review that does not, and on the first event later than two days after ' +
      'the last reviewed day. The last two days of the evidence are judged in the next report.',
    judge: reviewJudge,
  },
  {
    id: 'pci-10.5.1',
    standard,
    requirement: '10.5.1',
    title: 'Audit log history is kept 12 months, the latest three at hand',
    explanation:
      'Fails on an event that may go within 12 months, on a gap between archives, and on a daily review that ' +
      'found an archive gone, or the oldest entry in the database younger than three months.',
    judge: keepingJudge,
  },
  {
    id: 'pci-10.6.1',
    standard,
    requirement: '10.6.1, 10.6.3',
    title: 'Clocks were in time, and changes of them recorded',
    explanation:
      'Fails where a clock was set or drifted, and where a daily review found service and database 2 s apart.',
    about: ['ledger.clock_changed', 'ledger.reviewed'],
    judge:
      () =>
      ({ event }) => {
        if (event.type === 'ledger.clock_changed') return 'broken';
        const drift = Math.abs(reviewOf(event).clockDriftMilliseconds);
        return drift < driftMillisecondsMax ? 'good' : 'broken';
      },
  },
  {
    id: 'pci-10.7.2',
    standard,
    requirement: '10.7.2',
    title: 'People were told of each failure of the controls over the audit log',
    explanation:
      'Fails on a damage, a changed schema, a changed clock or a witness of another history that the teams were ' +
      'not written to about within 15 minutes.',
    judge: alertJudge,
  },
];

interface Review {
  readonly from: string;
  readonly to: string;
  readonly treeSize: number;
  readonly isWatched: boolean;
  readonly faultsOpen: number;
  readonly clockDriftMilliseconds: number;
  readonly firstIndex: number;
  readonly oldestAt: string | null;
  readonly archivesMissing: number;
  readonly copies: readonly { readonly treeSize: number | null }[];
}

function reviewOf({ detail }: AuditEvent): Review {
  return detail as Review;
}

function isGuardFault({ type, detail }: AuditEvent): boolean {
  return type === 'ledger.fault_detected' && (detail as { kind: string }).kind === guardKind;
}

function reviewJudge(): PairingJudge {
  let reviewedTo: string | null = null;
  let since: number | null = null;
  let overdue: Evidence | null = null;
  return {
    look: (evidence) => {
      const recordedAt = Date.parse(evidence.event.recordedAt);
      since ??= recordedAt;
      if (evidence.event.type !== 'ledger.reviewed') {
        if (recordedAt > since + 2 * dayMilliseconds) overdue ??= evidence;
        return 'not_concerned';
      }
      const { from, to, isWatched } = reviewOf(evidence.event);
      const end = Date.parse(to);
      const isNext = reviewedTo === null || from === reviewedTo;
      const isOneDay = end - Date.parse(from) <= localDayMillisecondsMax;
      const isPrompt = recordedAt - end <= dayMilliseconds;
      reviewedTo = to;
      since = end;
      // What was overdue is now told by the review, which is late.
      overdue = null;
      return isNext && isOneDay && isPrompt && isWatched ? 'good' : 'broken';
    },
    unanswered: () => (overdue === null ? [] : [overdue]),
  };
}

function keepingJudge(): Judge {
  let prunedTo: number | null = null;
  return ({ event }) => {
    const { type, detail } = event;
    if (!isKeptAYear(event)) return 'broken';
    if (type === 'ledger.reviewed') {
      const review = reviewOf(event);
      return isAtHand(review) && review.archivesMissing === 0 ? 'good' : 'broken';
    }
    if (type === 'ledger.pruned') {
      const { from, to } = detail as { from: number; to: number };
      const isGap = prunedTo !== null && from !== prunedTo;
      prunedTo = to;
      return isGap ? 'broken' : 'good';
    }
    return 'good';
  };
}

function isKeptAYear({ recordedAt, retention }: AuditEvent): boolean {
  return Date.parse(retention.expiresAt) >= monthsAfter(recordedAt, 12);
}

/** A log that nothing was taken from is as old as it is. */
function isAtHand({ firstIndex, oldestAt, to }: Review): boolean {
  return firstIndex === 0 || (oldestAt !== null && Date.parse(oldestAt) <= monthsAfter(to, -3));
}

function monthsAfter(instant: string, months: number): number {
  const date = new Date(instant);
  return date.setUTCMonth(date.getUTCMonth() + months);
}

/** Each alert is followed by a message about its type, in the order they were found. */
function alertJudge(): PairingJudge {
  const waiting = new Map<string, Evidence[]>(alertTypes.map((type) => [type, []]));
  let latest = -Infinity;
  return {
    look: (evidence) => {
      const { type, recordedAt, detail } = evidence.event;
      latest = Math.max(latest, Date.parse(recordedAt));
      waiting.get(type)?.push(evidence);
      if (type !== 'notification.team_alerted') return 'not_concerned';
      const told = waiting.get((detail as { alert: string }).alert)?.shift();
      if (!told) return 'not_concerned';
      const delay = Date.parse(recordedAt) - Date.parse(told.event.recordedAt);
      return delay <= alertMillisecondsMax ? 'good' : 'broken';
    },
    // One that was found just now may still be told.
    unanswered: () =>
      [...waiting.values()]
        .flat()
        .filter(({ event }) => latest - Date.parse(event.recordedAt) > alertMillisecondsMax),
  };
}

import type { Check, Evidence, PairingJudge } from './check.js';
import { isAccountField } from './disclosures.js';

const escalationMillisecondsMax = 60_000;

/** SOC 2 Trust Services Criteria (2017, points of focus revised 2022). */
export const soc2Checks: readonly Check[] = [
  {
    id: 'soc2-cc6.1',
    standard: 'SOC2',
    requirement: 'CC6.1',
    title: 'Account data was shown to customers at aal2 only',
    explanation:
      'Fails where fields of an account, balance or transaction were shown to a customer below aal2.',
    judge:
      () =>
      ({ event }) => {
        if (event.actor.kind !== 'customer' || event.outcome !== 'success') return 'not_concerned';
        if (!event.dataAccessed.some(isAccountField)) return 'not_concerned';
        return event.assurance.acr === 'aal2' ? 'good' : 'broken';
      },
  },
  {
    id: 'soc2-cc6.3',
    standard: 'SOC2',
    requirement: 'CC6.3',
    title: 'Nobody approved their own request',
    explanation: 'Joins each approving vote to its request; the same person on both sides fails.',
    about: ['approval.requested', 'approval.voted'],
    judge: () => {
      const requesters = new Map<string, string>();
      return ({ event }) => {
        const requestId = event.resource?.kind === 'approval-request' ? event.resource.id : null;
        if (requestId === null) return 'not_concerned';
        if (event.type === 'approval.requested') {
          requesters.set(requestId, event.actor.id);
          return 'not_concerned';
        }
        return requesters.get(requestId) === event.actor.id ? 'broken' : 'good';
      };
    },
  },
  {
    id: 'soc2-cc7.3',
    standard: 'SOC2',
    requirement: 'CC7.3',
    title: 'Each fraud report was escalated within a minute of the notice',
    explanation: 'Fails on a fraud report that no escalation of its case follows within 60 s.',
    about: ['fraud.reported', 'case.escalated'],
    judge: escalationJudge,
  },
  {
    id: 'soc2-cc8.1',
    standard: 'SOC2',
    requirement: 'CC8.1',
    title: 'Each decision names the policy version and digest it was made under',
    explanation:
      'Fails on an event whose policy version or SHA-256 digest is missing or malformed.',
    judge:
      () =>
      ({ event }) =>
        event.policy.version !== '' && /^[0-9a-f]{64}$/.test(event.policy.digest)
          ? 'good'
          : 'broken',
  },
];

/** Pairs each report with the escalation of its case, by the time of the notice. */
function escalationJudge(): PairingJudge {
  const waiting = new Map<string, Evidence>();
  return {
    look: (evidence) => {
      const { event } = evidence;
      const caseId = event.case ?? '';
      if (event.type === 'fraud.reported') {
        waiting.set(caseId, evidence);
        return 'not_concerned';
      }
      const report = waiting.get(caseId);
      if (!report) return 'not_concerned';
      waiting.delete(caseId);
      const delay = Date.parse(event.recordedAt) - Date.parse(report.event.occurredAt);
      return delay <= escalationMillisecondsMax ? 'good' : 'broken';
    },
    unanswered: () => [...waiting.values()],
  };
}

import type { Check } from './check.js';

const escalationMillisecondsMax = 60_000;

/** SOC 2 Trust Services Criteria (2017, points of focus revised 2022). */
export const soc2Checks: readonly Check[] = [
  {
    id: 'soc2-cc6.1',
    standard: 'SOC2',
    requirement: 'CC6.1',
    title: 'Account data was shown to customers at aal2 only',
    explanation: 'Fails on a customer’s disclosure whose assurance is below aal2.',
    judge:
      () =>
      ({ event }) => {
        if (!event.type.startsWith('account.') || event.outcome !== 'success')
          return 'not_concerned';
        if (event.actor.kind !== 'customer' || event.dataAccessed.length === 0)
          return 'not_concerned';
        return event.assurance.acr === 'aal2' ? 'good' : 'broken';
      },
  },
  {
    id: 'soc2-cc6.3',
    standard: 'SOC2',
    requirement: 'CC6.3',
    title: 'Nobody approved their own request',
    explanation: 'Joins each approving vote to its request; the same person on both sides fails.',
    judge: () => {
      const requesters = new Map<string, string>();
      return ({ event }) => {
        const requestId = event.resource?.kind === 'approval-request' ? event.resource.id : null;
        if (requestId === null) return 'not_concerned';
        if (event.type === 'approval.requested') {
          requesters.set(requestId, event.actor.id);
          return 'not_concerned';
        }
        if (event.type !== 'approval.voted' || event.outcome !== 'success') return 'not_concerned';
        return requesters.get(requestId) === event.actor.id ? 'broken' : 'good';
      };
    },
  },
  {
    id: 'soc2-cc7.3',
    standard: 'SOC2',
    requirement: 'CC7.3',
    title: 'Each fraud report was recorded within a minute of the notice',
    explanation: 'Fails where a fraud report was recorded more than 60 s after it happened.',
    judge:
      () =>
      ({ event }) => {
        if (event.type !== 'fraud.reported') return 'not_concerned';
        const delay = Date.parse(event.recordedAt) - Date.parse(event.occurredAt);
        return delay <= escalationMillisecondsMax ? 'good' : 'broken';
      },
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

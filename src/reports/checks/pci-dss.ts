import { findSensitive } from '../../ledger/index.js';
import type { Check } from './check.js';

/** PCI DSS v4.0.1. */
export const pciDssChecks: readonly Check[] = [
  {
    id: 'pci-10.2.2',
    standard: 'PCI-DSS',
    requirement: '10.2.2',
    title: 'Each audit event names user, type, time, outcome, origination and resource',
    explanation:
      'Fails on an event without actor, type, time, outcome, origin (channel and request id), or without ' +
      'the affected data, resource or component.',
    judge:
      () =>
      ({ event }) =>
        event.actor.id !== '' &&
        event.type !== '' &&
        !Number.isNaN(Date.parse(event.recordedAt)) &&
        ['success', 'refused', 'failed'].includes(event.outcome) &&
        event.origin.channel !== '' &&
        event.origin.requestId !== '' &&
        event.action !== ''
          ? 'good'
          : 'broken',
  },
  {
    id: 'pci-10.3.4',
    standard: 'PCI-DSS',
    requirement: '10.3.4',
    title: 'Audit log entries are chained and unchanged',
    explanation: 'Fails where an entry does not link to the leaf hash of the entry before it.',
    judge:
      () =>
      ({ linked }) =>
        linked ? 'good' : 'broken',
  },
  {
    id: 'pci-3.5.1',
    standard: 'PCI-DSS',
    requirement: '3.5.1',
    title: 'No card number, security code or secret stands in the audit log',
    explanation:
      'Every event is searched again by the redactor, but for ids, digests, amounts and instants; one finding fails the check.',
    judge:
      () =>
      ({ event }) =>
        findSensitive(event).length === 0 ? 'good' : 'broken',
  },
  {
    id: 'pci-8.4.2',
    standard: 'PCI-DSS',
    requirement: '8.4.2',
    title: 'Each staff session was opened with two factors',
    explanation: 'Fails on a staff session whose assurance is below aal2.',
    about: ['staff.session_created'],
    judge:
      () =>
      ({ event }) =>
        (event.detail as { acr?: unknown }).acr === 'aal2' ? 'good' : 'broken',
  },
  {
    id: 'pci-8.3.4',
    standard: 'PCI-DSS',
    requirement: '8.3.4',
    title: 'No subject failed more than ten verifications in a row',
    explanation:
      'Counts consecutive failed codes per subject; the eleventh without a success fails.',
    about: ['verification.verified', 'verification.challenge_failed'],
    judge: () => {
      const consecutive = new Map<string, number>();
      const failuresMax = 10;
      return ({ event }) => {
        if (event.subject === null) return 'not_concerned';
        if (event.type === 'verification.verified') {
          consecutive.delete(event.subject);
          return 'good';
        }
        const count = (consecutive.get(event.subject) ?? 0) + 1;
        consecutive.set(event.subject, count);
        return count > failuresMax ? 'broken' : 'good';
      };
    },
  },
];

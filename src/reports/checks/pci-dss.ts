import { findSensitive } from '../../ledger/index.js';
import type { Check } from './check.js';
import { logCareChecks } from './pci-log-care.js';
import { logContentChecks } from './pci-log-content.js';

/** PCI DSS v4.0.1. */
export const pciDssChecks: readonly Check[] = [
  ...logContentChecks,
  ...logCareChecks,
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

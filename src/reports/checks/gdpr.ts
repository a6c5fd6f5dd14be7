import type { Check } from './check.js';
import { disclosureTypes } from './disclosures.js';

/** Regulation (EU) 2016/679. */
export const gdprChecks: readonly Check[] = [
  {
    id: 'gdpr-5.1.b',
    standard: 'GDPR',
    requirement: 'Art. 5(1)(b)',
    title: 'Each disclosure states its purpose',
    explanation: 'Fails on a successful disclosure without a purpose.',
    judge:
      () =>
      ({ event }) => {
        if (event.dataAccessed.length === 0 || event.outcome !== 'success') return 'not_concerned';
        return event.purpose === null || event.purpose === '' ? 'broken' : 'good';
      },
  },
  {
    id: 'gdpr-5.1.e',
    standard: 'GDPR',
    requirement: 'Art. 5(1)(e)',
    title: 'Each record carries its retention class and end',
    explanation: 'Fails on an event whose retention ends before it was recorded, or has no class.',
    judge:
      () =>
      ({ event }) =>
        event.retention.class !== '' &&
        Date.parse(event.retention.expiresAt) > Date.parse(event.recordedAt)
          ? 'good'
          : 'broken',
  },
  {
    id: 'gdpr-32.1.a',
    standard: 'GDPR',
    requirement: 'Art. 32(1)(a)',
    title: 'People stand in the log as pseudonyms only',
    explanation:
      'Fails where a subject reference is not a random identifier, or an entry holds an e-mail address or a ' +
      'telephone number.',
    judge:
      () =>
      ({ event, text }) => {
        const pseudonymous = event.subject === null || uuidPattern.test(event.subject);
        return pseudonymous && !contactPattern.test(text) ? 'good' : 'broken';
      },
  },
  {
    id: 'gdpr-15.access',
    standard: 'GDPR',
    requirement: 'Art. 5(2), 30',
    title: 'Each disclosure names the fields that were shown, and to whom',
    explanation: 'Fails on a successful disclosure without field names or actor.',
    about: disclosureTypes,
    judge:
      () =>
      ({ event }) => {
        if (event.outcome !== 'success') return 'not_concerned';
        return event.dataAccessed.length > 0 && event.actor.id !== '' ? 'good' : 'broken';
      },
  },
];

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** An e-mail address, or a telephone number in E.164 form. */
const contactPattern = /[\w.+-]+@[\w-]+\.[a-z]{2,}|"\+\d{8,15}"/i;

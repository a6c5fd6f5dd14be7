import { type AuditEvent, outcomes } from '../../ledger/index.js';
import type { Check, Judge } from './check.js';
import { isAccountField } from './disclosures.js';
import {
  credentialTypes,
  failedAttemptTypes,
  logAccessTypes,
  objectMembers,
} from './log-event-types.js';

const standard = 'PCI-DSS';

/**
 * What the log of a period must hold (PCI DSS v4.0.1 10.2.1, 10.2.2). The population of each is its
 * count; what it counts must be whole.
 */
export const logContentChecks: readonly Check[] = [
  {
    id: 'pci-10.2.1.1',
    standard,
    requirement: '10.2.1.1',
    title: 'Individual access to account data is recorded',
    explanation:
      'Counts disclosures. Fails on one that names no field, or nobody whom it was shown to.',
    judge: countOf(
      ({ type, outcome, dataAccessed }) =>
        outcome === 'success' &&
        (dataAccessed.some(isAccountField) || /^account\..*_disclosed$/.test(type)),
      ({ actor, dataAccessed }) =>
        dataAccessed.length > 0 && (actor.kind !== 'service' || actor.onBehalfOf !== null),
    ),
  },
  {
    id: 'pci-10.2.1.2',
    standard,
    requirement: '10.2.1.2',
    title: 'Actions by individuals with administrative access are recorded',
    explanation:
      'Counts what staff with the role admin, security or ops did. Fails where the actor is no single person.',
    judge: countOf(
      ({ actor }) => actor.kind === 'staff' && isAdministrative(actor.role),
      ({ actor }) => uuidPattern.test(actor.id),
    ),
  },
  {
    id: 'pci-10.2.1.3',
    standard,
    requirement: '10.2.1.3',
    title: 'Access to the audit log is recorded',
    explanation:
      'Counts searches, proofs, exports and readings of the log. Fails where one does not name the rule ' +
      'that permitted it.',
    about: logAccessTypes,
    judge: countOf(
      () => true,
      ({ outcome, policy }) => outcome !== 'success' || policy.rule !== null,
    ),
  },
  {
    id: 'pci-10.2.1.4',
    standard,
    requirement: '10.2.1.4',
    title: 'Invalid attempts at access are recorded',
    explanation:
      'Counts refusals and failed proofs. Fails where such an attempt was shown a field all the same.',
    judge: countOf(
      ({ type, outcome }) => outcome === 'refused' || failedAttemptTypes.includes(type),
      ({ dataAccessed }) => dataAccessed.length === 0,
    ),
  },
  {
    id: 'pci-10.2.1.5',
    standard,
    requirement: '10.2.1.5',
    title: 'Changes of credentials, accounts and roles are recorded',
    explanation:
      'Counts changes that were made. Fails where one does not say whose credential or which it was.',
    about: credentialTypes,
    judge: countOf(
      ({ outcome }) => outcome === 'success',
      ({ resource, subject }) => resource !== null || subject !== null,
    ),
  },
  {
    id: 'pci-10.2.1.6',
    standard,
    requirement: '10.2.1.6',
    title: 'Each start and each end of recording is recorded',
    explanation:
      'Counts both; there is no pause, since no work is done that cannot be recorded. Fails where a process ' +
      'began at the place of one that had ended without saying so.',
    about: ['ledger.logging_started', 'ledger.logging_stopped'],
    judge: loggingJudge,
  },
  {
    id: 'pci-10.2.1.7',
    standard,
    requirement: '10.2.1.7',
    title: 'Creation and deletion of system-level objects are recorded',
    explanation:
      'Counts changes of tables and guards of the log, partitions, keys, policies and API clients. Fails ' +
      'where one does not name its object.',
    about: Object.keys(objectMembers),
    judge: countOf(() => true, namesObject),
  },
  {
    id: 'pci-10.2.2',
    standard,
    requirement: '10.2.2',
    title: 'Each audit event names user, type, time, outcome, origination and resource',
    explanation:
      'Fails on an event without actor, type, time, outcome or origin (channel, request and trace id), or ' +
      'without what it is about: resource, subject, case or fields, else the component that its action names.',
    judge: countOf(() => true, isWhole),
  },
];

/** Counts the events that are concerned; one that lacks what 10.2.2 asks for counts as broken too. */
function countOf(
  isConcerned: (event: AuditEvent) => boolean,
  isGood: (event: AuditEvent) => boolean,
): () => Judge {
  return () =>
    ({ event }) => {
      if (!isConcerned(event)) return 'not_concerned';
      return isWhole(event) && isGood(event) ? 'good' : 'broken';
    };
}

const administrativeRoles = ['admin', 'security', 'ops'];
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The component stands before the dot. */
const actionPattern = /^[a-z][a-z_-]*\../;

/** Actors with several roles act under all of them. */
function isAdministrative(role: string | null): boolean {
  return role?.split(' ').some((one) => administrativeRoles.includes(one)) ?? false;
}

function isWhole(event: AuditEvent): boolean {
  const { actor, origin, type } = event;
  const isDated = [event.occurredAt, event.recordedAt].every((at) => !Number.isNaN(Date.parse(at)));
  const isSigned = actor.id !== '' && actor.kind !== '' && type !== '';
  const isOriginated = origin.channel !== '' && origin.requestId !== '' && origin.traceId !== '';
  return isDated && isSigned && isOriginated && outcomes.includes(event.outcome) && isAbout(event);
}

function isAbout({ resource, subject, case: caseId, dataAccessed, action }: AuditEvent): boolean {
  if (resource !== null) return resource.kind !== '' && resource.id !== '';
  return (
    subject !== null || caseId !== null || dataAccessed.length > 0 || actionPattern.test(action)
  );
}

function namesObject({ type, resource, detail }: AuditEvent): boolean {
  const member = objectMembers[type];
  if (member === null || member === undefined) return resource !== null;
  const name = (detail as Readonly<Record<string, string | readonly string[]>>)[member];
  return name !== undefined && name.length > 0;
}

/** Only one process at a time can listen at a place: whoever begins there shows that the last has ended. */
function loggingJudge(): Judge {
  const running = new Map<string, string>();
  return ({ event }) => {
    const { place } = event.detail as { place: string | null };
    const processId = event.resource?.id;
    if (!isWhole(event) || processId === undefined) return 'broken';
    if (place === null) return 'good';
    if (event.type === 'ledger.logging_stopped') {
      running.delete(place);
      return 'good';
    }
    const isSilentEnd = running.has(place);
    running.set(place, processId);
    return isSilentEnd ? 'broken' : 'good';
  };
}

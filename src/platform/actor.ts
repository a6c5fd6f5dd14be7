import type { SessionId, SubjectRef } from './ids.js';

/** Authenticator assurance level (NIST SP 800-63B-4); `aal0` is a guest who proved nothing. */
export const assuranceLevels = ['aal0', 'aal1', 'aal2'] as const;
export type AssuranceLevel = (typeof assuranceLevels)[number];

/** Whether `held` is at least `required`. */
export function meetsAssurance(held: AssuranceLevel, required: AssuranceLevel): boolean {
  return assuranceLevels.indexOf(held) >= assuranceLevels.indexOf(required);
}

/** What the actor proved about themselves, and when (RFC 8176 `amr`, OIDC `auth_time`). */
export interface Assurance {
  readonly acr: AssuranceLevel;
  readonly amr: readonly string[];
  /** The method that raised the session to `acr`, as the ledger names it: `sms`, `totp`, `passcode` … */
  readonly method: string | null;
  /** When `acr` was reached. Null for a guest. */
  readonly authenticatedAt: Date | null;
}

/** Where a request came from (PCI DSS 10.2.2). The address is personal: the ledger holds a commitment to it. */
export interface Origin {
  readonly channel: Channel;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** W3C trace context trace-id, 32 hex digits. */
  readonly traceId: string;
}

export const channels = ['api', 'chat', 'email', 'phone', 'sms', 'system'] as const;
export type Channel = (typeof channels)[number];

export const actorKinds = ['customer', 'guest', 'staff', 'client', 'service'] as const;
export type ActorKind = (typeof actorKinds)[number];

/** Authority level of staff, ascending; null where the role has none. */
export const levels = ['L1', 'L2', 'L3', 'L4', 'board'] as const;
export type Level = (typeof levels)[number];

/**
 * Who acts, on whose behalf, with what proof and from where. Passed as an argument to every command,
 * query and decision; never read from async-local storage.
 */
export interface Actor {
  readonly kind: ActorKind;
  /** Pseudonymous: the subject reference of a customer, the conversation id of a guest, the staff id, a service's name. */
  readonly id: string;
  readonly sessionId: SessionId | null;
  /** The person whose own data the actor may ask for; null for staff and services. */
  readonly subjectRef: SubjectRef | null;
  /** The bank's own customer number; memory only, never logged or stored in clear. */
  readonly customerNumber: string | null;
  readonly roles: readonly string[];
  /** What an API client was granted (RFC 6749 §3.3); empty for everybody else. */
  readonly scopes: readonly string[];
  readonly level: Level | null;
  readonly onBehalfOf: string | null;
  readonly assurance: Assurance;
  /** `Probity-Purpose` as sent; judged by `authority.decide` against the policy's closed list. */
  readonly purpose: string | null;
  readonly origin: Origin;
}

/** The service acting for itself (jobs, relay, sealer). */
export function serviceActor(name: string, requestId: string): Actor {
  return {
    kind: 'service',
    id: name,
    sessionId: null,
    subjectRef: null,
    customerNumber: null,
    roles: ['service'],
    scopes: [],
    level: null,
    onBehalfOf: null,
    assurance: { acr: 'aal0', amr: [], method: null, authenticatedAt: null },
    purpose: null,
    origin: {
      channel: 'system',
      address: null,
      userAgent: null,
      requestId,
      traceId: requestId.replaceAll('-', ''),
    },
  };
}

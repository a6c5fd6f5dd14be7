import { randomUUID } from 'node:crypto';

import { v7 } from 'uuid';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A random pseudonym that stands for one person in the ledger; never derived from a customer number. */
export type SubjectRef = Branded<'SubjectRef'>;
/** Identifies an audit event (UUIDv7, RFC 9562 §5.7). */
export type EventId = Branded<'EventId'>;
export type CaseId = Branded<'CaseId'>;
export type ConversationId = Branded<'ConversationId'>;
export type ChallengeId = Branded<'ChallengeId'>;
export type SessionId = Branded<'SessionId'>;

/** Makes identifiers. */
export abstract class IdSource {
  /** A time-ordered UUIDv7 (RFC 9562 §5.7); ascending within one process. */
  abstract ordered<Id extends string = string>(): Id;
  /** A random UUIDv4, where the moment of making must not show (subject references). */
  abstract random<Id extends string = string>(): Id;
}

export class SystemIdSource extends IdSource {
  override ordered<Id extends string = string>(): Id {
    return v7() as Id;
  }

  override random<Id extends string = string>(): Id {
    return randomUUID() as Id;
  }
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a path segment can be an id at all; a malformed one is answered like an unknown one (404). */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && uuidPattern.test(text);
}

import type { EntityManager } from 'typeorm';

import type { Actor } from '../platform/index.js';
import type { ReadOutcome, WriteOutcome } from './outcome.js';
import type { Receipt } from './receipt.js';

/** The transaction as work sees it. All reads, locks and writes of one outcome go through it. */
export interface Tx {
  readonly manager: EntityManager;
  readonly actor: Actor;
  /** One instant for everything this transaction stores. */
  readonly now: Date;
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** One request's claim to be executed once. Scope is actor and route; the digest is of the body. */
export interface IdempotencyRequest {
  readonly scope: string;
  readonly key: string;
  /** SHA-256 of the canonical body, hex. */
  readonly digest: string;
}

export interface RunOptions {
  readonly idempotency?: IdempotencyRequest | undefined;
  /**
   * For the second transaction of one command (an effect's result): no look at the key, this answer
   * replaces the first one under it.
   */
  readonly replacesAnswer?: boolean;
}

/** A result with the signed promise that its event stands in the ledger. */
export type Audited<Result extends object> = Result & { readonly receipt: Receipt };

/**
 * The only road to the database for a write, and for a read that discloses: BEGIN, work,
 * event rows, COMMIT. No chain head is touched and no lock is waited for.
 */
export abstract class AuditedTransaction {
  /**
   * The answer kept under a key; null where none is. For work that does much before its transaction
   * begins, and in another way once the first request has changed what it looks at.
   *
   * @throws Problem `idempotency.key_reused` where the earlier request had another body; the kept
   *   problem of a `failed` outcome.
   */
  abstract keptAnswer<Result extends object>(
    request: IdempotencyRequest,
  ): Promise<Audited<Result> | null>;

  /**
   * @throws Problem of a `refused` or `failed` outcome, after its events have committed;
   *   `idempotency.*`; `service.unavailable` where the event cannot be written.
   */
  abstract run<Result extends object>(
    actor: Actor,
    work: (tx: Tx) => Promise<WriteOutcome<Result>>,
    options?: RunOptions,
  ): Promise<Audited<Result>>;

  /** @throws Problem of a `refused` outcome; `service.unavailable` where the event cannot be written. */
  abstract disclose<View extends object>(
    actor: Actor,
    work: (tx: Tx) => Promise<ReadOutcome<View>>,
  ): Promise<Audited<View>>;
}

import type { DataSource } from 'typeorm';

import { type KeyStore, platformProblems, Problem, type ProblemExtras } from '../platform/index.js';
import type { IdempotencyRequest } from './audited-transaction.js';
import type { DatabaseSession } from './database-session.js';
import { sha256 } from './tree/hash.js';

const keptMilliseconds = 24 * 60 * 60 * 1000;

/** What a first answer must keep so that a second request gets the very same one. */
export type Answer = { readonly event: AnsweredEvent } & (
  { readonly result: object } | { readonly problem: AnsweredProblem }
);

export interface AnsweredEvent {
  readonly id: string;
  /** Base64. */
  readonly hash: string;
  readonly recordedAt: string;
}

interface AnsweredProblem {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly extras: Omit<ProblemExtras, 'cause'>;
}

/** An answer as its row holds it. */
export interface StoredAnswer {
  readonly id: Buffer;
  readonly bodyDigest: Buffer;
  readonly sealed: Buffer;
  readonly expiresAt: string;
  readonly storedAt: string;
}

interface KeptRow {
  readonly body_digest: Buffer;
  readonly answer: Buffer;
  readonly expires_at: Date;
}

/** Two statements, so that the second sees what the last holder of the lock has committed. */
const takeLock = {
  name: 'lock-idempotency-key',
  text: 'SELECT pg_try_advisory_xact_lock($1) AS locked',
};
const findAnswer = {
  name: 'find-idempotent-answer',
  text: 'SELECT body_digest, answer, expires_at FROM idempotency_keys WHERE id = $1',
};

/** Executes a request once: a lock while it runs, a sealed answer for 24 hours after. */
export class IdempotencyKeys {
  constructor(private readonly keys: KeyStore) {}

  /**
   * Begins the session's transaction under the request's lock and looks for an earlier answer.
   *
   * @throws Problem `idempotency.in_flight` where another transaction holds the lock;
   *   `idempotency.key_reused` where the earlier request had another body.
   */
  async begin(
    session: DatabaseSession,
    request: IdempotencyRequest,
    now: Date,
  ): Promise<Answer | null> {
    const id = idOf(request);
    const [lock, row] = (await session.beginWith([
      { ...takeLock, values: [id.readBigInt64BE()] },
      { ...findAnswer, values: [id] },
    ])) as [{ readonly locked: boolean }, KeptRow | undefined];
    if (!lock.locked) throw platformProblems['idempotency.in_flight']();
    return this.#answerOf(row, request, now);
  }

  /**
   * The answer of an earlier request, outside a transaction and without its lock.
   *
   * @throws Problem `idempotency.key_reused` where the earlier request had another body.
   */
  async find(database: DataSource, request: IdempotencyRequest, now: Date): Promise<Answer | null> {
    const [row] = await database.query<KeptRow[]>(findAnswer.text, [idOf(request)]);
    return this.#answerOf(row, request, now);
  }

  /** @throws Error where the result is not what its JSON says: the second caller would get another one. */
  store(request: IdempotencyRequest, answer: Answer, now: Date): StoredAnswer {
    const id = idOf(request);
    return {
      id,
      bodyDigest: this.#bodyDigestOf(request),
      sealed: this.keys.seal(
        'idempotency',
        Buffer.from(JSON.stringify(answer)),
        id.toString('hex'),
      ),
      expiresAt: new Date(now.getTime() + keptMilliseconds).toISOString(),
      storedAt: now.toISOString(),
    };
  }

  #answerOf(row: KeptRow | undefined, request: IdempotencyRequest, now: Date): Answer | null {
    if (row === undefined || row.expires_at <= now) return null;
    if (!row.body_digest.equals(this.#bodyDigestOf(request))) {
      throw platformProblems['idempotency.key_reused']();
    }
    return this.#open(idOf(request), row.answer);
  }

  /** Keyed: a body may be as short as a number that somebody could guess (PCI DSS v4.0.1 3.5.1.1). */
  #bodyDigestOf({ digest }: IdempotencyRequest): Buffer {
    return this.keys.mac('blind-index', `idempotency-body/v1\n${digest}`);
  }

  #open(id: Buffer, sealed: Buffer): Answer {
    return JSON.parse(
      this.keys.open('idempotency', sealed, id.toString('hex')).toString(),
    ) as Answer;
  }
}

/** Scope and key are hashed together: neither is stored, and their lengths cannot be shifted. */
function idOf({ scope, key }: IdempotencyRequest): Buffer {
  return sha256(`idempotency/v1\n${JSON.stringify([scope, key])}`);
}

export function answeredProblem(problem: Problem): AnsweredProblem {
  const { cause: _cause, ...extras } = problem.extras;
  return { code: problem.code, status: problem.status, title: problem.title, extras };
}

export function problemOf({ code, status, title, extras }: AnsweredProblem): Problem {
  return new Problem({ code, status, title, when: '' }, extras);
}

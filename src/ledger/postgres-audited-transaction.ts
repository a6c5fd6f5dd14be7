import type { DataSource } from 'typeorm';

import { type Actor, isDatabaseUnavailable, platformProblems, Problem } from '../platform/index.js';
import type { Admission } from './admission.js';
import type { EventOutcome } from './audit-event.js';
import {
  type Audited,
  AuditedTransaction,
  type IdempotencyRequest,
  type RunOptions,
  type Tx,
} from './audited-transaction.js';
import { DatabaseSession } from './database-session.js';
import type { EventRecord, EventRecorder, RecordingContext } from './event-record.js';
import { recordEvents } from './event-statement.js';
import {
  type Answer,
  answeredProblem,
  type IdempotencyKeys,
  problemOf,
  type StoredAnswer,
} from './idempotency.js';
import type { ReadOutcome, WriteOutcome } from './outcome.js';
import type { ReceiptedEvent, ReceiptSigner } from './receipt-signer.js';

type Outcome<Result> = WriteOutcome<Result> | ReadOutcome<Result>;

interface Attempt<Result> {
  readonly actor: Actor;
  readonly work: (tx: Tx) => Promise<Outcome<Result>>;
  readonly options: RunOptions;
  readonly now: Date;
}

/** The runner on PostgreSQL: at most three round trips beside those of the work itself. */
export class PostgresAuditedTransaction extends AuditedTransaction {
  constructor(
    private readonly database: DataSource,
    private readonly recorder: EventRecorder,
    private readonly receipts: ReceiptSigner,
    private readonly idempotency: IdempotencyKeys,
    private readonly admission: Admission,
  ) {
    super();
  }

  override async keptAnswer<Result extends object>(
    request: IdempotencyRequest,
  ): Promise<Audited<Result> | null> {
    try {
      const kept = await this.idempotency.find(this.database, request, this.recorder.now());
      return kept && this.#replay<Result>(kept);
    } catch (error) {
      throw unavailableOr(error);
    }
  }

  override run<Result extends object>(
    actor: Actor,
    work: (tx: Tx) => Promise<WriteOutcome<Result>>,
    options: RunOptions = {},
  ): Promise<Audited<Result>> {
    return this.#execute({ actor, work, options, now: this.recorder.now() });
  }

  override disclose<View extends object>(
    actor: Actor,
    work: (tx: Tx) => Promise<ReadOutcome<View>>,
  ): Promise<Audited<View>> {
    return this.#execute({ actor, work, options: {}, now: this.recorder.now() });
  }

  async #execute<Result extends object>(attempt: Attempt<Result>): Promise<Audited<Result>> {
    this.admission.assertOpen();
    try {
      const session = await DatabaseSession.open(this.database);
      try {
        return await this.#inSession(session, attempt);
      } finally {
        await session.release();
      }
    } catch (error) {
      throw unavailableOr(error);
    }
  }

  async #inSession<Result extends object>(
    session: DatabaseSession,
    attempt: Attempt<Result>,
  ): Promise<Audited<Result>> {
    try {
      const kept = await this.#begin(session, attempt);
      if (kept === null) return await this.#work(session, attempt);
      await session.rollback();
      return this.#replay<Result>(kept);
    } catch (error) {
      // Where even this fails, the connection is ended and PostgreSQL rolls back by itself.
      if (!session.isOver) await session.rollback().catch(() => undefined);
      throw error;
    }
  }

  async #begin(
    session: DatabaseSession,
    { options, now }: Attempt<object>,
  ): Promise<Answer | null> {
    if (options.idempotency && options.replacesAnswer !== true) {
      return this.idempotency.begin(session, options.idempotency, now);
    }
    await session.begin();
    return null;
  }

  async #work<Result extends object>(
    session: DatabaseSession,
    attempt: Attempt<Result>,
  ): Promise<Audited<Result>> {
    const { actor, now } = attempt;
    const outcome = await attempt.work({
      manager: session.manager,
      actor,
      now,
      query: (sql, parameters) => session.query(sql, parameters),
    });
    if (outcome.kind === 'refused') await session.beginAnew();
    const records = await this.#record(session, attempt, outcome);
    const event = eventOfReceipt(records);
    await session.commitWith(recordEvents(records, this.#answerTo(attempt, outcome, event)));
    if ('problem' in outcome) throw outcome.problem;
    return { ...resultOf(outcome), receipt: this.receipts.sign(event) };
  }

  async #record(
    session: DatabaseSession,
    { actor, now }: Attempt<object>,
    outcome: Outcome<object>,
  ): Promise<EventRecord[]> {
    const context: RecordingContext = {
      actor,
      now,
      manager: session.manager,
      outcome: eventOutcomes[outcome.kind],
      problem: 'problem' in outcome ? outcome.problem : null,
    };
    const records: EventRecord[] = [];
    // One after the other: ids ascend in the order of the report.
    for (const draft of outcome.events) records.push(await this.recorder.record(context, draft));
    return records;
  }

  /** A refusal did nothing, and what may not be replayed is not kept: the next try is judged anew. */
  #answerTo(
    { options, now }: Attempt<object>,
    outcome: Outcome<object>,
    event: ReceiptedEvent,
  ): StoredAnswer | null {
    if (!options.idempotency || outcome.kind === 'refused') return null;
    if (outcome.kind !== 'disclosed' && outcome.isKept === false) return null;
    const answer: Answer =
      outcome.kind === 'failed'
        ? { event, problem: answeredProblem(outcome.problem) }
        : { event, result: resultOf(outcome) };
    return this.idempotency.store(options.idempotency, answer, now);
  }

  #replay<Result extends object>(kept: Answer): Audited<Result> {
    if ('problem' in kept) throw problemOf(kept.problem);
    return { ...(kept.result as Result), receipt: this.receipts.sign(kept.event) };
  }
}

const eventOutcomes = {
  committed: 'success',
  disclosed: 'success',
  refused: 'refused',
  failed: 'failed',
} as const satisfies Record<Outcome<object>['kind'], EventOutcome>;

function resultOf<Result>(outcome: Exclude<Outcome<Result>, { problem: Problem }>): Result {
  return outcome.kind === 'disclosed' ? outcome.view : outcome.result;
}

function unavailableOr(error: unknown): unknown {
  if (error instanceof Problem || !isDatabaseUnavailable(error)) return error;
  return platformProblems['service.unavailable']({ cause: error });
}

function eventOfReceipt([first]: readonly EventRecord[]): ReceiptedEvent {
  if (!first) throw new Error('An outcome without an event');
  return { id: first.id, hash: first.eventHash.toString('base64'), recordedAt: first.recordedAt };
}

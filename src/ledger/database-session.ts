import type { Client } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/** A statement that the driver prepares once per connection, under its name. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * One transaction on one connection, from BEGIN to COMMIT. Where the driver pipelines, BEGIN travels
 * with the first statement of the work and COMMIT with the last; the answers are awaited all the same.
 */
export class DatabaseSession {
  readonly #pending: Promise<unknown>[] = [];
  #isOver = false;

  private constructor(
    private readonly queryRunner: QueryRunner,
    private readonly driver: Client,
  ) {}

  static async open(database: DataSource): Promise<DatabaseSession> {
    const queryRunner = database.createQueryRunner();
    return new DatabaseSession(queryRunner, (await queryRunner.connect()) as Client);
  }

  /** Whether the transaction has ended one way or the other. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get manager(): QueryRunner['manager'] {
    return this.queryRunner.manager;
  }

  async begin(): Promise<void> {
    // TypeORM asks this flag before it locks rows; without it, it would refuse or begin by itself.
    Object.assign(this.queryRunner, { isTransactionActive: true });
    this.#holdWrites();
    await this.#send(this.driver.query('BEGIN'));
  }

  /** Begins, runs statements before the work, and answers the first row of each. */
  async beginWith(statements: readonly PreparedStatement[]): Promise<readonly unknown[]> {
    Object.assign(this.queryRunner, { isTransactionActive: true });
    this.#holdWrites();
    await this.#send(this.driver.query('BEGIN'));
    const rows: unknown[] = [];
    for (const { name, text, values } of statements) {
      const answer = this.driver.query<Record<string, unknown>>({
        name,
        text,
        values: [...values],
      });
      const place = rows.push(undefined) - 1;
      await this.#send(answer.then((result) => void (rows[place] = result.rows[0])));
    }
    await this.#settle();
    return rows;
  }

  async query<Row extends object>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.driver.query<Row>(sql, [...parameters]);
    return rows;
  }

  /**
   * Undoes what the work did and begins anew. A savepoint would do it in one transaction, and would
   * cost every transaction that is not refused a second transaction id.
   */
  async beginAnew(): Promise<void> {
    await this.#send(this.driver.query('ROLLBACK; BEGIN'));
  }

  /**
   * @throws Error where the statement, or anything the work did before it, failed: PostgreSQL answers
   *   COMMIT of a failed transaction with ROLLBACK, not with an error.
   */
  async commitWith({ name, text, values }: PreparedStatement): Promise<void> {
    this.#holdWrites();
    await this.#send(this.driver.query({ name, text, values: [...values] }));
    const commit = this.driver.query('COMMIT');
    this.#pending.push(commit);
    await this.#settle();
    const { command } = await commit;
    if (command !== 'COMMIT') throw new Error('The transaction had failed and was rolled back');
    this.#isOver = true;
  }

  async rollback(): Promise<void> {
    await Promise.allSettled(this.#pending);
    await this.driver.query('ROLLBACK');
    this.#isOver = true;
  }

  /** Gives the connection back; one whose transaction may still be open is ended instead. */
  async release(): Promise<void> {
    Object.assign(this.queryRunner, { isTransactionActive: false });
    // The pool throws away a connection that is ending.
    if (!this.#isOver) void this.driver.end().catch(() => undefined);
    await this.queryRunner.release();
  }

  /**
   * Gathers what is sent until this turn of the event loop ends into one write: the server wakes once
   * for BEGIN and the first statement, and once for the events and COMMIT.
   */
  #holdWrites(): void {
    const { stream } = this.driver.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  async #send(answer: Promise<unknown>): Promise<void> {
    if (!this.driver.pipeline) {
      await answer;
      return;
    }
    // Looked at in #settle; until then a failure must not count as unhandled.
    answer.catch(() => undefined);
    this.#pending.push(answer);
  }

  /** The first failure is the cause, those behind it only follow from it. */
  async #settle(): Promise<void> {
    const answers = await Promise.allSettled(this.#pending);
    const failure = answers.find((answer) => answer.status === 'rejected');
    if (failure) throw failure.reason;
  }
}

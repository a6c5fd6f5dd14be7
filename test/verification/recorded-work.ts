import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server } from 'node:http';

import pg from 'pg';

import type { TestDatabase } from '../support/database.js';

/** What one request, or one run of a job, had the databases do. */
export interface Work {
  /** Every statement in its order, of every database. */
  readonly statements: readonly string[];
  /** How many rows of a table have a new version. */
  readonly rows: Readonly<Record<string, number>>;
}

const tables = [
  'audit_events',
  'challenges',
  'notifications',
  'rate_limits',
  'sign_in_counters',
  'verification_counters',
] as const;

/** Records the work of what is asked of a server in this process, apart from all that runs beside it. */
export class WorkRecorder {
  readonly #recording = new AsyncLocalStorage<string[]>();
  #current: string[] | undefined;
  readonly #close: () => void;

  constructor(
    private readonly database: TestDatabase,
    server: Server,
  ) {
    const recording = this.#recording;
    const emit = server.emit.bind(server) as (...args: unknown[]) => boolean;
    server.emit = (...args: unknown[]): boolean => {
      const go = (): boolean => emit(...args);
      return args[0] === 'request' && this.#current ? recording.run(this.#current, go) : go();
    };
    const clients = pg.Client.prototype as unknown as { query: Query };
    const { query } = clients;
    clients.query = function (...args) {
      recording.getStore()?.push(textOf(args[0]));
      return query.apply(this, args);
    };
    this.#close = () => {
      clients.query = query;
    };
  }

  close(): void {
    this.#close();
  }

  async of(work: () => Promise<unknown>): Promise<Work> {
    const before = await this.#versions();
    const statements: string[] = [];
    this.#current = statements;
    await this.#recording.run(statements, work);
    this.#current = undefined;
    const rows: Record<string, number> = {};
    for (const { name, version } of await this.#versions()) {
      const isNew = !before.some((one) => one.name === name && one.version === version);
      if (isNew) rows[name] = (rows[name] ?? 0) + 1;
    }
    return { statements, rows };
  }

  /** Where each row lies and which transaction wrote it: a row that is written anew has another. */
  #versions(): Promise<{ name: string; version: string }[]> {
    const selects = tables.map(
      (table) => `SELECT '${table}' AS name, ctid::text || xmin::text AS version FROM ${table}`,
    );
    return this.#recording.exit(() => this.database.query(selects.join(' UNION ALL ')));
  }
}

type Query = (this: unknown, ...args: unknown[]) => unknown;

function textOf(query: unknown): string {
  const text = typeof query === 'string' ? query : (query as { text: string }).text;
  return text.replace(/\s+/g, ' ').trim();
}

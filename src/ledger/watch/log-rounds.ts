import { SystemClock } from '../../platform/index.js';
import type { Queryable } from '../log-reader.js';
import { type Damage, damagesMax } from '../verification/damage.js';
import { DatabaseLog, type DatabaseLogOptions } from '../verification/database-log.js';
import {
  readVerifiedState,
  type VerifiedState,
  writeVerifiedState,
} from '../verification/verified-state.js';
import { verifyLog } from '../verification/verify-log.js';

/** A second: how often the watch looks. A day: how soon it has read every row again. */
export const lookMilliseconds = 1_000;
const looksPerDay = 86_400_000 / lookMilliseconds;
const newestEntriesMax = 8_192;
const roundEntriesMin = 256;
const roundEntriesMax = 65_536;
/** An event may be a minute old before it must stand in the log or in the queue. */
const queuedMillisecondsMax = 60_000;

export interface RoundsOptions extends Omit<DatabaseLogOptions, 'connection' | 'lastSigned'> {
  /** Outside the database, so that whoever edits rows cannot tell the watch that it has seen them. */
  readonly directory: string;
  readonly lastSigned: () => DatabaseLogOptions['lastSigned'];
}

export interface Look {
  readonly damages: readonly Damage[];
  /** True where a round over the whole log has just ended. */
  readonly isRoundOver: boolean;
}

interface Size {
  readonly entries: number;
  readonly signed: number;
  readonly damages: readonly Damage[];
}

/**
 * Verifies the log a stretch at a time: what is new since the last look, and beside it the whole log
 * again from its beginning, round after round. Memory is constant; the two places it has come to are
 * kept in files.
 */
export class LogRounds {
  #eventAfter = firstId;
  /** Ids state the machine's own time, whatever day is simulated. */
  readonly #clock = new SystemClock();

  constructor(private readonly options: RoundsOptions) {}

  async look(connection: Queryable): Promise<Look> {
    // Read before the log is: whatever was signed by then must be in it.
    const lastSigned = this.options.lastSigned();
    const size = await measure(connection, lastSigned?.treeSize ?? 0);
    const { origin, trust, trustAt = null, macOf } = this.options;
    const source = new DatabaseLog({ connection, lastSigned, origin, trust, trustAt, macOf });
    const newest = await this.#advance('newest', source, { size, entriesMax: newestEntriesMax });
    const pace = Math.ceil(size.signed / looksPerDay);
    const entriesMax = Math.min(Math.max(pace, roundEntriesMin), roundEntriesMax);
    const round = await this.#advance('round', source, { size, entriesMax });
    const strays = await this.#findStrays(connection, entriesMax);
    const isRoundOver = round.reached >= size.signed;
    if (isRoundOver) await this.#save('round', null);
    return {
      damages: [...size.damages, ...newest.damages, ...round.damages, ...strays],
      isRoundOver,
    };
  }

  async #advance(
    name: string,
    source: DatabaseLog,
    { size, entriesMax }: { readonly size: Size; readonly entriesMax: number },
  ): Promise<{ damages: readonly Damage[]; reached: number }> {
    const state = await this.#load(name);
    const from = state?.log ?? null;
    const verified = from?.treeSize ?? 0;
    if (verified > size.entries) {
      // Shorter than what was verified: said with every look, and nothing is gained by reading on.
      return { damages: [truncatedAt(size.entries)], reached: size.signed };
    }
    const treeSize = Math.min(size.signed, verified + entriesMax);
    if (treeSize <= verified) return { damages: [], reached: verified };
    const { damages, reached } = await verifyLog({ source, treeSize, from });
    // What cannot be followed is looked at again, and what is bad in place was named.
    if (reached.treeSize === treeSize) await this.#save(name, reached);
    return { damages, reached: reached.treeSize === treeSize ? treeSize : size.signed };
  }

  /** Events beside the log: neither in an entry nor in the queue. */
  async #findStrays(connection: Queryable, limit: number): Promise<Damage[]> {
    const { rows } = await connection.query<{ id: string; is_stray: boolean }>(selectStrays, [
      this.#eventAfter,
      limit,
    ]);
    this.#eventAfter = rows.length < limit ? firstId : (rows.at(-1)?.id ?? firstId);
    const now = this.#clock.now().getTime();
    return rows
      .filter(({ id, is_stray }) => is_stray && Math.abs(now - madeAt(id)) > queuedMillisecondsMax)
      .slice(0, damagesMax)
      .map(({ id }) => ({ kind: 'event_unqueued', leafIndex: null, eventId: id }));
  }

  async #load(name: string): Promise<VerifiedState | null> {
    const state = await readVerifiedState(this.#pathOf(name));
    return state?.origin === this.options.origin ? state : null;
  }

  async #save(name: string, log: VerifiedState['log'] | null): Promise<void> {
    const { origin } = this.options;
    const nothing = { treeSize: 0, rootHash: Buffer.alloc(32), openTiles: [] };
    await writeVerifiedState(this.#pathOf(name), { origin, log: log ?? nothing, checkpoint: null });
  }

  #pathOf(name: string): string {
    return `${this.options.directory}/watch-${name}`;
  }
}

const firstId = '00000000-0000-0000-0000-000000000000';

/** One statement sees one moment. */
async function measure(connection: Queryable, remembered: number): Promise<Size> {
  const { rows } = await connection.query<{ head: string; entries: string; signed: string }>(`
    SELECT tree_size AS head,
      (SELECT coalesce(max(leaf_index) + 1, 0) FROM audit_entries) AS entries,
      (SELECT coalesce(max(tree_size), 0) FROM audit_checkpoints) AS signed
    FROM sealer_progress`);
  const [row] = rows;
  const [head, entries, stored] = [row?.head, row?.entries, row?.signed].map(Number);
  const signed = Math.max(stored ?? 0, remembered);
  const damages: Damage[] = [];
  if (head !== entries)
    damages.push({ kind: 'head_changed', leafIndex: entries ?? 0, eventId: null });
  if ((entries ?? 0) < signed) damages.push(truncatedAt(entries ?? 0));
  return { entries: entries ?? 0, signed: Math.min(signed, entries ?? 0), damages };
}

function truncatedAt(leafIndex: number): Damage {
  return { kind: 'log_truncated', leafIndex, eventId: null };
}

/** As a UUIDv7 states (RFC 9562 §5.7). */
function madeAt(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

const selectStrays = `
  SELECT event.id, NOT EXISTS (SELECT FROM audit_pending WHERE event_id = event.id)
    AND NOT EXISTS (SELECT FROM audit_entries WHERE event_id = event.id) AS is_stray
  FROM audit_events AS event WHERE event.id > $1 ORDER BY event.id LIMIT $2
`;

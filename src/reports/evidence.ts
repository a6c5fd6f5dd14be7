import { Injectable } from '@nestjs/common';

import {
  type AuditEvent,
  claimedOrigin,
  formatEntry,
  leafHash,
  noPreviousLeafHash,
  type PublishedCheckpoint,
  PublishedCheckpoints,
  prunedSize,
  readPrunings,
  readThrough,
} from '../ledger/index.js';
import { ReaderDatabase } from '../platform/index.js';
import type { Evidence } from './checks/check.js';
import type { Interval } from './period.js';

const batchRows = 1000;
/** Entries do not stand in the order of their times; none is out of it by as much as a day. */
const disorderMillisecondsMax = 86_400_000;

/** Thrown for a period whose entries, or some of them, only the archive still has. */
export class EvidencePruned extends Error {
  override readonly name = 'EvidencePruned';
}

interface EntryRow {
  leaf_index: string;
  event_id: string;
  leaf_hash: Buffer;
  event: string;
}

/** Reads sealed events in the order of the log, recomputing each link on the way. */
@Injectable()
export class EvidenceReader {
  constructor(
    private readonly reader: ReaderDatabase,
    private readonly checkpoints: PublishedCheckpoints,
  ) {}

  /**
   * The newest published checkpoint, once one covers the event that asked for the report; null until
   * then. So a report holds whatever was acknowledged before it was asked for.
   */
  async coveringCheckpoint(reportId: string): Promise<PublishedCheckpoint | null> {
    const [asked] = await this.reader.query<{ id: string }[]>(
      `SELECT id FROM audit_events
       WHERE type = 'report.requested' AND event::jsonb -> 'resource' ->> 'id' = $1 LIMIT 1`,
      [reportId],
    );
    const isCovered = asked && (await this.checkpoints.covering(asked.id)) !== null;
    return isCovered ? this.checkpoints.newest() : null;
  }

  /**
   * Every entry below `treeSize` whose event was recorded in the interval, in constant memory.
   *
   * @throws EvidencePruned where entries of the interval may have left the log for its archive.
   */
  async *read(interval: Interval, treeSize: number): AsyncGenerator<Evidence> {
    if (await this.#isPruned(interval)) throw new EvidencePruned();
    let next = await this.#firstIndex(interval, treeSize);
    let previous = next === 0 ? noPreviousLeafHash : await this.#leafHashAt(next - 1);
    while (next < treeSize) {
      const rows = await this.#batch(next, treeSize);
      if (rows.length === 0) throw new Error(`The log lacks entry ${String(next)}`);
      for (const row of rows) {
        const index = Number(row.leaf_index);
        if (index !== next) throw new Error(`The log lacks entry ${String(next)}`);
        const linked = leafHash(formatEntry(index, previous, row.event)).equals(row.leaf_hash);
        previous = row.leaf_hash;
        next += 1;
        const event = JSON.parse(row.event) as AuditEvent;
        if (!isWithin(interval, event)) continue;
        yield {
          index,
          eventId: row.event_id,
          leafHash: previous.toString('hex'),
          linked,
          text: row.event,
          event,
        };
      }
    }
  }

  /** A report that passed over what is archived would call a period clean that nobody looked at. */
  async #isPruned({ from }: Interval): Promise<boolean> {
    const connection = readThrough(this.reader);
    const origin = claimedOrigin((await this.checkpoints.newest())?.note ?? null);
    const first = origin === null ? 0 : prunedSize(await readPrunings(connection, origin));
    if (first === 0) return false;
    const { rows } = await connection.query<{ recorded_at: Date }>(
      `SELECT v.recorded_at FROM audit_entries n JOIN audit_events v ON v.id = n.event_id
       WHERE n.leaf_index = $1`,
      [first],
    );
    const [oldest] = rows;
    return !oldest || from.getTime() < oldest.recorded_at.getTime() + disorderMillisecondsMax;
  }

  async #firstIndex({ from, to }: Interval, treeSize: number): Promise<number> {
    const rows = await this.reader.query<{ first: string | null }[]>(
      `SELECT min(n.leaf_index) AS first FROM audit_events v JOIN audit_entries n ON n.event_id = v.id
       WHERE v.recorded_at >= $1 AND v.recorded_at < $2`,
      [from, to],
    );
    return rows[0]?.first ? Number(rows[0].first) : treeSize;
  }

  async #leafHashAt(index: number): Promise<Buffer> {
    const rows = await this.reader.query<{ leaf_hash: Buffer }[]>(
      `SELECT leaf_hash FROM audit_entries WHERE leaf_index = $1`,
      [index],
    );
    const [row] = rows;
    if (!row) throw new Error(`The log lacks entry ${String(index)}`);
    return row.leaf_hash;
  }

  #batch(from: number, treeSize: number): Promise<EntryRow[]> {
    return this.reader.query<EntryRow[]>(
      `SELECT n.leaf_index, n.event_id, n.leaf_hash, v.event
       FROM audit_entries n JOIN audit_events v ON v.id = n.event_id
       WHERE n.leaf_index >= $1 AND n.leaf_index < $2
       ORDER BY n.leaf_index LIMIT ${String(batchRows)}`,
      [from, treeSize],
    );
  }
}

function isWithin({ from, to }: Interval, event: AuditEvent): boolean {
  const recordedAt = Date.parse(event.recordedAt);
  return recordedAt >= from.getTime() && recordedAt < to.getTime();
}

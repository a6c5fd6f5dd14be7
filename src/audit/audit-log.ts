import { Injectable } from '@nestjs/common';

import {
  claimedOrigin,
  type CompletenessAnswer,
  hashSourceOf,
  type HashSource,
  type IndexKey,
  IndexProver,
  keepRoots,
  leafHashAt,
  LogTiles,
  type PublishedCheckpoint,
  prunedSize,
  PublishedCheckpoints,
  readPrunings,
  readThrough,
  type Tile,
} from '../ledger/index.js';
import { ReaderDatabase } from '../platform/index.js';

/** What a search for events may ask; all of it must fit. */
export interface EventFilter {
  /** Exact, or a prefix ending in a dot; any of several with commas between. */
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  readonly caseId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly outcome?: string | undefined;
}

/** An event as the ledger keeps it, and where it stands in the log. */
export interface LedgerEvent {
  readonly id: string;
  readonly event: Readonly<Record<string, unknown>>;
  /** The canonical bytes, as they were hashed. */
  readonly text: string;
  /** Null until sealed. */
  readonly leafIndex: number | null;
  readonly leafHash: Buffer | null;
  readonly eventHash: Buffer;
}

interface EventRow {
  readonly id: string;
  readonly event: string;
  readonly event_hash: Buffer;
  readonly leaf_index: string | null;
  readonly leaf_hash: Buffer | null;
}

/** Reads the ledger through the reader role; the application's own role may not see entries at all. */
@Injectable()
export class AuditLog {
  #hashes: { readonly origin: string | null; readonly source: HashSource } | null = null;

  constructor(
    private readonly reader: ReaderDatabase,
    private readonly checkpoints: PublishedCheckpoints,
  ) {}

  /** Newest first, from the event after `after`. */
  async listEvents(
    filter: EventFilter,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): Promise<LedgerEvent[]> {
    const { conditions, parameters } = conditionsOf(filter, after);
    const rows: EventRow[] = await this.reader.query(
      `${selectEvents} ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
       ORDER BY event.id DESC LIMIT $${parameters.length + 1}`,
      [...parameters, limit],
    );
    return rows.map(eventOf);
  }

  async findEvent(id: string): Promise<LedgerEvent | null> {
    const rows: EventRow[] = await this.reader.query(`${selectEvents} WHERE event.id = $1`, [id]);
    return rows[0] ? eventOf(rows[0]) : null;
  }

  /** The newest published checkpoint, or the one of a size. */
  findCheckpoint(treeSize?: number): Promise<PublishedCheckpoint | null> {
    return treeSize === undefined ? this.checkpoints.newest() : this.checkpoints.ofSize(treeSize);
  }

  /**
   * Answers with all events about a key and the proof that there are no others, of one moment, under
   * the newest published checkpoint where no other is given.
   */
  async proveCompleteness(
    key: IndexKey,
    eventsMax: number,
    given?: PublishedCheckpoint,
  ): Promise<CompletenessAnswer> {
    const head = given ?? (await this.checkpoints.newest());
    return this.reader.transaction('REPEATABLE READ', (snapshot) =>
      new IndexProver(readThrough(snapshot)).prove(key, eventsMax, head),
    );
  }

  /** The leaf hashes that an entry's `prev` may name, by index. */
  async leafHashesAt(indices: readonly number[]): Promise<ReadonlyMap<number, Buffer>> {
    const rows: { leaf_index: string; leaf_hash: Buffer | null }[] = await this.reader.query(
      `SELECT wanted.leaf_index, ${leafHashAt('wanted.leaf_index')} AS leaf_hash
       FROM unnest($1::bigint[]) AS wanted (leaf_index)`,
      [indices],
    );
    return new Map(
      rows.flatMap(({ leaf_index: index, leaf_hash: hash }) =>
        hash ? [[Number(index), hash]] : [],
      ),
    );
  }

  /** A tile or bundle of the newest published tree; null where that has none (C2SP tlog-tiles). */
  async readTile(tile: Tile): Promise<Buffer | null> {
    const checkpoint = await this.checkpoints.newest();
    return checkpoint && new LogTiles(readThrough(this.reader)).read(tile, checkpoint.treeSize);
  }

  /** Entries below it have left the log for its archive. */
  async prunedSize(): Promise<number> {
    const origin = claimedOrigin((await this.checkpoints.newest())?.note ?? null);
    return origin === null ? 0 : prunedSize(await readPrunings(readThrough(this.reader), origin));
  }

  /** Where provers find the hashes of the log that a checkpoint is of. */
  hashSource({ note }: Pick<PublishedCheckpoint, 'note'>): HashSource {
    const origin = claimedOrigin(note);
    if (this.#hashes?.origin !== origin)
      this.#hashes = { origin, source: keepRoots(hashSourceOf(readThrough(this.reader))) };
    return this.#hashes.source;
  }
}

const selectEvents = `
  SELECT event.id, event.event, event.event_hash, entry.leaf_index, entry.leaf_hash
  FROM audit_events AS event LEFT JOIN LATERAL (
    SELECT leaf_index, leaf_hash FROM audit_entries WHERE event_id = event.id LIMIT 1
  ) AS entry ON true
`;

function conditionsOf(
  filter: EventFilter,
  after: string | null,
): { readonly conditions: readonly string[]; readonly parameters: readonly unknown[] } {
  const parameters: unknown[] = [];
  const place = (value: unknown): string => `$${parameters.push(value)}`;
  const types = (filter.type?.split(',') ?? []).map((type) => typeCondition(type, place));
  const pairs: readonly (readonly [condition: string, value: unknown])[] = [
    ['event.actor_id =', filter.actor],
    ['event.subject_ref =', filter.subject],
    ['event.case_id =', filter.caseId],
    ['event.recorded_at >=', filter.from],
    ['event.recorded_at <', filter.to],
    ['event.outcome =', filter.outcome],
    ['event.id <', after ?? undefined],
  ];
  const given = pairs.filter(([, value]) => value !== undefined);
  const others = given.map(([condition, value]) => `${condition} ${place(value)}`);
  return {
    conditions: types.length === 0 ? others : [`(${types.join(' OR ')})`, ...others],
    parameters,
  };
}

function typeCondition(type: string, place: (value: unknown) => string): string {
  return type.endsWith('.')
    ? `event.type LIKE ${place(`${type.replace(/[\\_%]/g, String.raw`\$&`)}%`)}`
    : `event.type = ${place(type)}`;
}

function eventOf(row: EventRow): LedgerEvent {
  return {
    id: row.id,
    event: JSON.parse(row.event) as Record<string, unknown>,
    text: row.event,
    leafIndex: row.leaf_index === null ? null : Number(row.leaf_index),
    leafHash: row.leaf_hash,
    eventHash: row.event_hash,
  };
}

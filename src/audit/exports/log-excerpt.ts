import {
  coverRange,
  formatEntry,
  type HashSource,
  hashSourceOf,
  leafHash,
  LogIncomplete,
  noPreviousLeafHash,
  proveConsistency,
  type EntryRange,
  type Queryable,
  selectLeafHash,
} from '../../ledger/index.js';

/** An entry as it stands in the log. */
export interface ExcerptEntry {
  readonly leafIndex: number;
  readonly entry: Buffer;
  readonly leafHash: Buffer;
  readonly event: Readonly<Record<string, unknown>>;
}

interface EntryRow {
  readonly leaf_index: string;
  readonly leaf_hash: Buffer;
  readonly event: string;
}

const pageRows = 500;

/** Reads runs of entries from the tables, as the reader role, and checks each against its hash. */
export class LogExcerpt {
  readonly #source: HashSource;

  constructor(private readonly connection: Queryable) {
    this.#source = hashSourceOf(connection);
  }

  /**
   * The entries of a period, up to one on the other side of each of its edges, and what proves their
   * place. That one must be shown: it is looked for among those that are not withheld.
   */
  async rangeOf(
    { from, to }: { from: string; to: string },
    treeSize: number,
    isWithheld: (type: string) => boolean,
  ): Promise<EntryRange> {
    const { first, beyond } = await this.#placesOf(from, to, treeSize);
    const before = await this.#edge(selectBefore, [first, from, -1], isWithheld);
    const after = await this.#edge(selectAfter, [beyond, to, treeSize], isWithheld);
    const [start, end] = [before ?? 0, after === null ? treeSize : after + 1];
    const frontier = await this.#source(coverRange(0, start));
    const consistencyProof = await proveConsistency(end, treeSize, this.#source);
    return { from, to, start, end, frontier: [...frontier], consistencyProof };
  }

  /** Null where the log begins or ends before there is one. */
  async #edge(
    select: string,
    [place, instant, bound]: readonly [number, string, number],
    isWithheld: (type: string) => boolean,
  ): Promise<number | null> {
    for (let next = place; ;) {
      const { rows } = await this.connection.query<{ leaf_index: string; type: string }>(select, [
        next,
        instant,
        bound,
      ]);
      const shown = rows.find(({ type }) => !isWithheld(type));
      const last = rows.at(-1);
      if (shown || !last) return shown ? Number(shown.leaf_index) : null;
      next = Number(last.leaf_index) + (bound < 0 ? 0 : 1);
    }
  }

  async *entries(start: number, end: number): AsyncGenerator<ExcerptEntry> {
    let previous = start === 0 ? noPreviousLeafHash : await this.#leafHashAt(start - 1);
    for (let next = start; next < end;) {
      const { rows } = await this.connection.query<EntryRow>(selectEntries, [
        next,
        Math.min(next + pageRows, end),
      ]);
      if (rows.length === 0) throw new LogIncomplete(`The log lacks entry ${next}`);
      for (const row of rows) {
        const entry = formatEntry(next, previous, row.event);
        const hash = leafHash(entry);
        if (Number(row.leaf_index) !== next || !hash.equals(row.leaf_hash)) {
          throw new LogIncomplete(`Entry ${next} is not what was chained there`);
        }
        const event = JSON.parse(row.event) as Record<string, unknown>;
        yield { leafIndex: next, entry, leafHash: hash, event };
        previous = hash;
        next += 1;
      }
    }
  }

  /** Where a period without events lies: behind what was recorded before it. */
  async #placesOf(
    from: string,
    to: string,
    treeSize: number,
  ): Promise<{ first: number; beyond: number }> {
    const { rows } = await this.connection.query<{ first: string | null; last: string | null }>(
      selectPlaces,
      [from, to, treeSize],
    );
    const { first = null, last = null } = rows[0] ?? {};
    if (first !== null && last !== null) return { first: Number(first), beyond: Number(last) + 1 };
    const { rows: before } = await this.connection.query<{ last: string | null }>(selectPlaces, [
      '-infinity',
      from,
      treeSize,
    ]);
    const place = Number(before[0]?.last ?? -1) + 1;
    return { first: place, beyond: place };
  }

  async #leafHashAt(leafIndex: number): Promise<Buffer> {
    const { rows } = await this.connection.query<{ leaf_hash: Buffer | null }>(selectLeafHash, [
      leafIndex,
    ]);
    if (!rows[0]?.leaf_hash) throw new LogIncomplete(`The log lacks entry ${leafIndex}`);
    return rows[0].leaf_hash;
  }
}

const selectPlaces = `
  SELECT min(entry.leaf_index) AS first, max(entry.leaf_index) AS last
  FROM audit_events AS event JOIN audit_entries AS entry ON entry.event_id = event.id
  WHERE event.recorded_at >= $1 AND event.recorded_at < $2 AND entry.leaf_index < $3
`;

const selectBefore = `
  SELECT entry.leaf_index, event.type
  FROM audit_entries AS entry JOIN audit_events AS event ON event.id = entry.event_id
  WHERE entry.leaf_index < $1 AND event.recorded_at < $2 AND entry.leaf_index > $3
  ORDER BY entry.leaf_index DESC LIMIT 100
`;

const selectAfter = `
  SELECT entry.leaf_index, event.type
  FROM audit_entries AS entry JOIN audit_events AS event ON event.id = entry.event_id
  WHERE entry.leaf_index >= $1 AND event.recorded_at >= $2 AND entry.leaf_index < $3
  ORDER BY entry.leaf_index LIMIT 100
`;

const selectEntries = `
  SELECT entry.leaf_index, entry.leaf_hash, event.event
  FROM audit_entries AS entry JOIN audit_events AS event ON event.id = entry.event_id
  WHERE entry.leaf_index >= $1 AND entry.leaf_index < $2 ORDER BY entry.leaf_index
`;

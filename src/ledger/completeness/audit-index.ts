import type { Tx } from '../audited-transaction.js';
import { parseRecord } from '../foreign-json.js';
import { LogIncomplete, type Queryable } from '../log-reader.js';
import {
  emptyDigest,
  extendDigest,
  formatEntry,
  type IndexedKey,
  indexKeyHash,
  joinSubtries,
  leafHash,
  noPreviousLeafHash,
  type Subtrie,
  subtrieOf,
} from '../tree/index.js';
import { keysOfEvent } from '../verification/completeness.js';
import {
  indexedKeyOf,
  type KeyRow,
  rowOf,
  selectBuckets,
  selectMiddle,
  type SubtrieRow,
} from './index-rows.js';
import { bucketDepth, bucketOf, middleDepth, rowWidth } from './index-shape.js';

const entriesPerPage = 2_000;
/** One commitment is one transaction; a log that is further ahead gets several. */
const entriesPerCommitmentMax = 200_000;
const bucketsPerPage = 256;

/** What the index came to, as its commitment says it. */
export interface AdvancedIndex {
  readonly treeSize: number;
  /** Base64. */
  readonly rootHash: string;
  readonly keys: number;
}

interface EntryRow {
  readonly leaf_index: string;
  readonly leaf_hash: Buffer;
  readonly event: string | null;
}

/**
 * Derives the index from entries that a checkpoint covers. Its tables change in the transaction that
 * logs the commitment, so that they always are what the newest commitment says.
 */
export class AuditIndex {
  /** @param reader a connection of the reader role: the application's own sees no entries */
  constructor(private readonly reader: Queryable) {}

  /** Whether anything about a subject or case is covered by a checkpoint and not by a commitment. */
  async hasNews(): Promise<boolean> {
    const { rows } = await this.reader.query<{ news: boolean }>(selectNews);
    return rows[0]?.news === true;
  }

  /**
   * Brings the index up to the newest checkpoint, or 200,000 entries nearer to it. One process at a
   * time; others wait.
   *
   * @throws LogIncomplete where an entry is missing or is not what its leaf hash says: no commitment
   *   is made over such a log.
   */
  async advance(tx: Tx): Promise<AdvancedIndex> {
    const [progress] = await tx.query<{ tree_size: string }>(
      'SELECT tree_size FROM audit_index_progress WHERE id = 1 FOR UPDATE',
    );
    const from = Number(progress?.tree_size);
    const covered = await this.#coveredSize();
    if (covered < from) throw new LogIncomplete('The index is ahead of the log');
    const treeSize = Math.min(covered, from + entriesPerCommitmentMax);
    const touched = new Set<number>();
    for (let first = from; first < treeSize; first += entriesPerPage) {
      const keys = await this.#readKeys(first, Math.min(first + entriesPerPage, treeSize));
      await this.#extend(tx, keys);
      for (const { keyHash } of keys.values()) touched.add(bucketOf(keyHash));
    }
    const { keys, root } = await rebuild(tx, touched);
    await tx.query(
      'UPDATE audit_index_progress SET tree_size = $1, keys = $2, root_hash = $3 WHERE id = 1',
      [treeSize, keys, root],
    );
    return { treeSize, rootHash: root.toString('base64'), keys };
  }

  async #coveredSize(): Promise<number> {
    const { rows } = await this.reader.query<{ size: string }>(
      'SELECT coalesce(max(tree_size), 0) AS size FROM audit_checkpoints',
    );
    return Number(rows[0]?.size);
  }

  /** The leaf hashes of a stretch, by key; taken from the bytes that were hashed, not the columns beside them. */
  async #readKeys(first: number, beyond: number): Promise<ReadonlyMap<string, NewEvents>> {
    const { rows } = await this.reader.query<EntryRow>(selectEntries, [first - 1, beyond]);
    let previous = first === 0 ? noPreviousLeafHash : rows.shift()?.leaf_hash;
    const keys = new Map<string, NewEvents>();
    for (const [place, row] of rows.entries()) {
      const event = isItself(row, first + place, previous) ? parseRecord(row.event) : null;
      if (!event) throw new LogIncomplete(`Entry ${first + place} is not what was chained there`);
      previous = row.leaf_hash;
      for (const key of keysOfEvent(event)) {
        const keyHash = indexKeyHash(key);
        const name = keyHash.toString('hex');
        const known = keys.get(name) ?? { keyHash, leafHashes: [] };
        known.leafHashes.push(row.leaf_hash);
        keys.set(name, known);
      }
    }
    if (rows.length !== beyond - first)
      throw new LogIncomplete(`Entries from ${first} are missing`);
    return keys;
  }

  async #extend(tx: Tx, news: ReadonlyMap<string, NewEvents>): Promise<void> {
    if (news.size === 0) return;
    const hashes = [...news.values()].map(({ keyHash }) => keyHash);
    const known = new Map(
      (await tx.query<KeyRow>(selectKeys, [hashes.map(bucketOf), hashes])).map((row) => [
        row.key_hash.toString('hex'),
        indexedKeyOf(row),
      ]),
    );
    const extended = [...news].map(([name, { keyHash, leafHashes }]) => {
      const before = known.get(name) ?? { events: 0, digest: emptyDigest };
      return {
        keyHash,
        events: before.events + leafHashes.length,
        digest: leafHashes.reduce<Buffer>(extendDigest, before.digest),
      };
    });
    await tx.query(upsertKeys, [
      extended.map(({ keyHash }) => bucketOf(keyHash)),
      extended.map(({ keyHash }) => keyHash),
      extended.map(({ events }) => events),
      extended.map(({ digest }) => digest),
    ]);
  }
}

interface NewEvents {
  readonly keyHash: Buffer;
  readonly leafHashes: Buffer[];
}

function isItself(
  row: EntryRow,
  index: number,
  previous: Buffer | undefined,
): row is EntryRow & { readonly event: string } {
  if (Number(row.leaf_index) !== index || row.event === null || !previous) return false;
  return leafHash(formatEntry(index, previous, row.event)).equals(row.leaf_hash);
}

/** From the touched buckets up; what they did not touch stays as it is. */
async function rebuild(tx: Tx, touched: ReadonlySet<number>): Promise<Subtrie> {
  const buckets = [...touched].sort((a, b) => a - b);
  for (let first = 0; first < buckets.length; first += bucketsPerPage)
    await rebuildBuckets(tx, buckets.slice(first, first + bucketsPerPage));
  const parents = new Set(buckets.map((bucket) => Math.floor(bucket / rowWidth)));
  for (const parent of parents) {
    const row = rowOf(await tx.query<SubtrieRow>(selectBuckets, [parent]));
    await tx.query(upsertSubtries, [middleDepth, ...columnsOf([[parent, joinSubtries(row)]])]);
  }
  return joinSubtries(rowOf(await tx.query<SubtrieRow>(selectMiddle)));
}

async function rebuildBuckets(tx: Tx, buckets: readonly number[]): Promise<void> {
  const rows = await tx.query<KeyRow>(
    'SELECT bucket, key_hash, events, digest FROM audit_index_keys WHERE bucket = ANY($1::int[])',
    [buckets],
  );
  const members = new Map<number, IndexedKey[]>(buckets.map((bucket) => [bucket, []]));
  for (const row of rows) members.get(row.bucket)?.push(indexedKeyOf(row));
  const subtries = [...members].map(([bucket, keys]): [number, Subtrie] => [
    bucket,
    subtrieOf(keys, bucketDepth),
  ]);
  await tx.query(upsertSubtries, [bucketDepth, ...columnsOf(subtries)]);
}

function columnsOf(subtries: readonly (readonly [number, Subtrie])[]): unknown[] {
  return [
    subtries.map(([prefix]) => prefix),
    subtries.map(([, { keys }]) => keys),
    subtries.map(([, { root }]) => root),
  ];
}

const selectNews = `
  SELECT EXISTS (
    SELECT FROM audit_entries AS entry JOIN audit_events AS event ON event.id = entry.event_id
    WHERE entry.leaf_index >= (SELECT tree_size FROM audit_index_progress)
      AND entry.leaf_index < (SELECT max(tree_size) FROM audit_checkpoints)
      AND (event.subject_ref IS NOT NULL OR event.case_id IS NOT NULL)
  ) AS news
`;

const selectEntries = `
  SELECT entry.leaf_index, entry.leaf_hash, event.event
  FROM audit_entries AS entry LEFT JOIN LATERAL (
    SELECT event FROM audit_events WHERE audit_events.id = entry.event_id OFFSET 0
  ) AS event ON true
  WHERE entry.leaf_index >= $1 AND entry.leaf_index < $2 ORDER BY entry.leaf_index
`;

const selectKeys = `
  SELECT known.bucket, known.key_hash, known.events, known.digest
  FROM unnest($1::int[], $2::bytea[]) AS wanted (bucket, key_hash)
  JOIN audit_index_keys AS known USING (bucket, key_hash)
`;

const upsertKeys = `
  INSERT INTO audit_index_keys (bucket, key_hash, events, digest)
  SELECT * FROM unnest($1::int[], $2::bytea[], $3::bigint[], $4::bytea[])
  ON CONFLICT (bucket, key_hash) DO UPDATE SET events = excluded.events, digest = excluded.digest
`;

const upsertSubtries = `
  INSERT INTO audit_index_subtries (depth, prefix, keys, root_hash)
  SELECT $1::smallint, * FROM unnest($2::int[], $3::bigint[], $4::bytea[])
  ON CONFLICT (depth, prefix) DO UPDATE SET keys = excluded.keys, root_hash = excluded.root_hash
`;

import { parseRecord } from '../foreign-json.js';
import {
  gatherRequests,
  hashSourceOf,
  leafHashAt,
  LogIncomplete,
  type Queryable,
} from '../log-reader.js';
import {
  digestOf,
  formatEntry,
  type IndexKey,
  indexKeyHash,
  type IndexProof,
  leafHash,
  noPreviousLeafHash,
  proveInclusion,
  proveKey,
  siblingsThrough,
} from '../tree/index.js';
import {
  commitmentOf,
  type IndexCommitment,
  indexCommittedType,
  type ProvenEntry,
} from '../verification/completeness.js';
import type { CompletenessProof } from '../verification/completeness-file.js';
import { claimedOrigin } from '../origin/claimed-origin.js';
import { prunedSize, readPrunings } from '../retention/prunings.js';
import {
  indexedKeyOf,
  type KeyRow,
  rowOf,
  selectBuckets,
  selectMiddle,
  type SubtrieRow,
} from './index-rows.js';
import { bucketDepth, bucketOf, middleDepth, rowWidth } from './index-shape.js';

/** Commitments looked through for the one that the tables are of: several processes may make them. */
const recentCommitmentsMax = 20;

export type CompletenessAnswer =
  /** The list is complete up to `treeSize`. */
  | { readonly kind: 'proven'; readonly proof: CompletenessProof; readonly treeSize: number }
  /** There is no commitment that a checkpoint covers. */
  | { readonly kind: 'not_committed' }
  | { readonly kind: 'too_many_events'; readonly events: number }
  /** Some of the events have left the database for an archive. */
  | { readonly kind: 'entries_pruned' };

interface CommitmentRow {
  readonly leaf_index: string;
  readonly previous: Buffer | null;
  readonly event: string;
  readonly tree_size: string;
  readonly root_hash: Buffer;
}

type EntryRow = Pick<CommitmentRow, 'leaf_index' | 'previous' | 'event'> & {
  readonly leaf_hash: Buffer;
};

/** A checkpoint that all proofs are to lead to. */
export interface CoveringHead {
  readonly treeSize: number;
  readonly note: string;
}

/** The tables' commitment, where it stands in the log, and the checkpoint above it. */
interface Covered {
  readonly commitment: IndexCommitment;
  readonly entry: EntryWithPlace;
  readonly head: CoveringHead;
}

interface EntryWithPlace {
  readonly leafIndex: number;
  readonly entry: Buffer;
}

/** Proves that a list of events about a key is complete, from one snapshot of the reader role. */
export class IndexProver {
  /** @param snapshot a transaction of the reader role at REPEATABLE READ */
  constructor(private readonly snapshot: Queryable) {}

  /**
   * @param head the newest checkpoint that may be shown; null before the first
   * @throws LogIncomplete where tables and log contradict one another: then nothing can be proven.
   */
  async prove(
    key: IndexKey,
    eventsMax: number,
    head: CoveringHead | null,
  ): Promise<CompletenessAnswer> {
    const covered = await this.#covered(head);
    if (!covered) return { kind: 'not_committed' };
    const indexProof = await this.#proveKey(indexKeyHash(key));
    const { end } = indexProof;
    const indexed = end?.keyHash.equals(indexKeyHash(key)) === true ? end : null;
    const events = indexed?.events ?? 0;
    if (events > eventsMax) return { kind: 'too_many_events', events };
    const rows = await this.#entriesAbout(key, covered.commitment.treeSize, eventsMax);
    if (rows.length < events && (await this.#isPruned(covered.head)))
      return { kind: 'entries_pruned' };
    const digest = digestOf(rows.map((row) => row.leaf_hash));
    if (rows.length !== events || indexed?.digest.equals(digest) === false)
      throw new LogIncomplete('The index knows other events of the key than the tables');
    const [commitment, ...entries] = await this.#include(
      [covered.entry, ...rows.map(entryOf)],
      covered.head.treeSize,
    );
    if (!commitment) throw new LogIncomplete('A commitment without a proof');
    const { treeSize } = covered.commitment;
    const checkpoint = covered.head.note;
    const proof = { key, entries, commitment, indexProof, checkpoint };
    return { kind: 'proven', proof, treeSize };
  }

  async #covered(head: CoveringHead | null): Promise<Covered | null> {
    if (!head) return null;
    const { rows } = await this.snapshot.query<CommitmentRow>(selectCommitments, [
      indexCommittedType,
      recentCommitmentsMax,
      head.treeSize,
    ]);
    for (const row of rows) {
      const commitment = commitmentOf(parseRecord(row.event) ?? {});
      const isOfTables =
        commitment?.treeSize === Number(row.tree_size) && commitment.rootHash.equals(row.root_hash);
      if (!isOfTables) continue;
      return { commitment, entry: entryOf(row), head };
    }
    return null;
  }

  async #proveKey(keyHash: Buffer): Promise<IndexProof> {
    const bucket = bucketOf(keyHash);
    const middle = Math.floor(bucket / rowWidth);
    const { rows: top } = await this.snapshot.query<SubtrieRow>(selectMiddle);
    const { rows: below } = await this.snapshot.query<SubtrieRow>(selectBuckets, [middle]);
    const siblings = siblingsThrough(rowOf(top), middle);
    if (siblings.length === middleDepth)
      siblings.push(...siblingsThrough(rowOf(below), bucket % rowWidth));
    // Where the path ends above its bucket, the one key there may lie in any bucket beside it.
    const span = 2 ** (bucketDepth - siblings.length);
    const first = bucket - (bucket % span);
    const { rows } = await this.snapshot.query<KeyRow>(
      'SELECT bucket, key_hash, events, digest FROM audit_index_keys WHERE bucket BETWEEN $1 AND $2',
      [first, first + span - 1],
    );
    const rest = proveKey(keyHash, rows.map(indexedKeyOf), siblings.length);
    return { siblings: [...siblings, ...rest.siblings], end: rest.end };
  }

  async #entriesAbout(key: IndexKey, beyond: number, eventsMax: number): Promise<EntryRow[]> {
    const { rows } = await this.snapshot.query<EntryRow>(selectAbout[key.kind], [
      key.id,
      beyond,
      eventsMax + 1,
    ]);
    for (const row of rows)
      if (!leafHash(entryOf(row).entry).equals(row.leaf_hash))
        throw new LogIncomplete(`Entry ${row.leaf_index} is not what was chained there`);
    return rows;
  }

  async #isPruned({ note }: CoveringHead): Promise<boolean> {
    const origin = claimedOrigin(note) ?? '';
    return prunedSize(await readPrunings(this.snapshot, origin)) > 0;
  }

  async #include(entries: readonly EntryWithPlace[], treeSize: number): Promise<ProvenEntry[]> {
    const source = gatherRequests(hashSourceOf(this.snapshot));
    return Promise.all(
      entries.map(async ({ leafIndex, entry }) => ({
        leafIndex,
        entry,
        inclusionProof: await proveInclusion(leafIndex, treeSize, source),
      })),
    );
  }
}

function entryOf(row: Pick<CommitmentRow, 'leaf_index' | 'previous' | 'event'>): EntryWithPlace {
  const leafIndex = Number(row.leaf_index);
  return {
    leafIndex,
    entry: formatEntry(leafIndex, row.previous ?? noPreviousLeafHash, row.event),
  };
}

const previousLeaf = `
  CROSS JOIN LATERAL (SELECT ${leafHashAt('entry.leaf_index - 1')} AS leaf_hash) AS previous
`;

const selectCommitments = `
  SELECT entry.leaf_index, previous.leaf_hash AS previous, event.event, progress.tree_size, progress.root_hash
  FROM (SELECT id, event FROM audit_events WHERE type = $1 ORDER BY id DESC LIMIT $2) AS event
  JOIN LATERAL (SELECT leaf_index FROM audit_entries WHERE event_id = event.id LIMIT 1) AS entry ON true
  ${previousLeaf} CROSS JOIN audit_index_progress AS progress
  WHERE entry.leaf_index < $3 ORDER BY event.id DESC
`;

const about = (column: string): string => `
  SELECT entry.leaf_index, entry.leaf_hash, previous.leaf_hash AS previous, event.event
  FROM audit_events AS event
  JOIN LATERAL (
    SELECT leaf_index, leaf_hash FROM audit_entries WHERE event_id = event.id LIMIT 1
  ) AS entry ON true ${previousLeaf}
  WHERE event.${column} = $1::uuid AND entry.leaf_index < $2 ORDER BY entry.leaf_index LIMIT $3
`;

const selectAbout = { subject: about('subject_ref'), case: about('case_id') } as const;

import {
  emptyDigest,
  emptySubtrie,
  extendDigest,
  type IndexedKey,
  indexKeyHash,
  joinSubtries,
  type Subtrie,
  subtrieOf,
} from '../tree/index.js';
import {
  commitmentOf,
  type IndexCommitment,
  indexCommittedType,
  keysOfEvent,
} from '../verification/completeness.js';
import { type Damage, damagesMax } from '../verification/damage.js';
import { bucketDepth, bucketOf, rowWidth } from './index-shape.js';

/** Two commitments made at once may be sealed in either order, but within one batch of the sealer. */
const batchEntriesMax = 2_000;

const originBeganType = 'ledger.origin_began';

/** An entry as a verification of the whole log comes by it. */
export interface PassingEntry {
  readonly leafIndex: number;
  readonly leafHash: Buffer;
  readonly event: Readonly<Record<string, unknown>>;
}

interface HeldCommitment {
  readonly leafIndex: number;
  /** Null where the entry says that it is one and is malformed. */
  readonly commitment: IndexCommitment | null;
}

interface News {
  readonly leafIndex: number;
  readonly keyHash: Buffer;
  readonly leafHash: Buffer;
}

export interface CheckedIndex {
  readonly commitments: number;
  readonly keys: number;
  /** Entries that commit to another index than the true one; at most 20. */
  readonly damages: readonly Damage[];
}

/**
 * Derives the index anew while all entries pass by in order, and finds every commitment that does not
 * say what its entries lead to. Holds every key in memory, and what no commitment covers yet.
 */
export class IndexCheck {
  readonly #index = new IndexInMemory();
  readonly #damages: Damage[] = [];
  #news: News[] = [];
  #held: HeldCommitment[] = [];
  #commitments = 0;
  #covered = 0;
  /** Of the first entry, where that began a log anew; ids ascend with time. */
  #begunBy: string | null = null;

  add({ leafIndex, leafHash, event }: PassingEntry): void {
    for (const key of keysOfEvent(event))
      this.#news.push({ leafIndex, keyHash: indexKeyHash(key), leafHash });
    if (leafIndex === 0 && event['type'] === originBeganType) this.#begunBy = String(event['id']);
    if (event['type'] === indexCommittedType && !this.#isOfEndedLog(event))
      this.#held.push({ leafIndex, commitment: commitmentOf(event) });
    const [oldest] = this.#held;
    if (oldest && leafIndex >= oldest.leafIndex + batchEntriesMax) this.#settle();
  }

  /** What was committed to before the log began was the index of the one that ended. */
  #isOfEndedLog({ id }: PassingEntry['event']): boolean {
    return this.#begunBy !== null && String(id) < this.#begunBy;
  }

  finish(): CheckedIndex {
    this.#settle();
    this.#extendTo(Infinity);
    const { keys } = this.#index.top();
    return { commitments: this.#commitments, keys, damages: this.#damages };
  }

  #settle(): void {
    const size = ({ commitment }: HeldCommitment): number => commitment?.treeSize ?? 0;
    this.#held.sort((a, b) => size(a) - size(b));
    for (const { leafIndex, commitment } of this.#held) {
      this.#commitments += 1;
      const isTrue = commitment !== null && this.#isTrue(commitment, leafIndex);
      if (!isTrue && this.#damages.length < damagesMax)
        this.#damages.push({ kind: 'index_commitment_false', leafIndex, eventId: null });
    }
    this.#held = [];
  }

  #isTrue({ treeSize, rootHash, keys }: IndexCommitment, leafIndex: number): boolean {
    // Nothing can be said of entries that came later, nor of a size that was passed: none is honest.
    if (treeSize > leafIndex || treeSize < this.#covered) return false;
    this.#extendTo(treeSize);
    const top = this.#index.top();
    return top.keys === keys && top.root.equals(rootHash);
  }

  #extendTo(treeSize: number): void {
    const beyond = this.#news.findIndex(({ leafIndex }) => leafIndex >= treeSize);
    const covered = beyond < 0 ? this.#news : this.#news.slice(0, beyond);
    for (const { keyHash, leafHash } of covered) this.#index.add(keyHash, leafHash);
    this.#news = beyond < 0 ? [] : this.#news.slice(beyond);
    this.#covered = treeSize;
  }
}

/** The whole trie, in the same pieces as in the tables: what did not change is not hashed again. */
class IndexInMemory {
  readonly #buckets = new Map<number, Map<string, IndexedKey>>();
  readonly #subtries = new Map<number, Subtrie>();
  readonly #middle = Array.from({ length: rowWidth }, () => emptySubtrie);
  readonly #touched = new Set<number>();

  add(keyHash: Buffer, leafHash: Buffer): void {
    const bucket = bucketOf(keyHash);
    const keys = this.#buckets.get(bucket) ?? new Map<string, IndexedKey>();
    const name = keyHash.toString('latin1');
    const known = keys.get(name) ?? { keyHash, events: 0, digest: emptyDigest };
    const digest = extendDigest(known.digest, leafHash);
    keys.set(name, { keyHash: known.keyHash, events: known.events + 1, digest });
    this.#buckets.set(bucket, keys);
    this.#touched.add(bucket);
  }

  top(): Subtrie {
    for (const bucket of this.#touched) {
      const keys = [...(this.#buckets.get(bucket)?.values() ?? [])];
      this.#subtries.set(bucket, subtrieOf(keys, bucketDepth));
    }
    for (const parent of new Set([...this.#touched].map((one) => Math.floor(one / rowWidth))))
      this.#middle[parent] = joinSubtries(this.#rowBelow(parent));
    this.#touched.clear();
    return joinSubtries(this.#middle);
  }

  #rowBelow(parent: number): Subtrie[] {
    return Array.from(
      { length: rowWidth },
      (_, place) => this.#subtries.get(parent * rowWidth + place) ?? emptySubtrie,
    );
  }
}

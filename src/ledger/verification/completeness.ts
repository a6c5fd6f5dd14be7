import { type ForeignRecord, isCount, isRecord, parseRecord } from '../foreign-json.js';
import {
  digestOf,
  hashBytes,
  type IndexedKey,
  type IndexKey,
  indexKeyHash,
  type IndexProof,
  IndexProofError,
  leafHash,
  ProofError,
  verifyIndexProof,
  verifyInclusion,
} from '../tree/index.js';

/** What an index commitment is called in the log. */
export const indexCommittedType = 'ledger.index_committed';

/** Why a list of events is not shown to be complete. */
export type CompletenessFault =
  | 'malformed'
  /** An entry, or the commitment, does not stand in the log under this head. */
  | 'not_included'
  /** An entry is not about the key. */
  | 'foreign_entry'
  /** Entries do not ascend, or one is not older than the commitment. */
  | 'out_of_order'
  /** The commitment's entry is none. */
  | 'no_commitment'
  /** The commitment is older than was asked for. */
  | 'stale_commitment'
  /** The way through the index does not lead to the committed root. */
  | 'index_proof_wrong'
  /** The index knows more, fewer or other events of the key. */
  | 'events_differ';

export class CompletenessError extends Error {
  override readonly name = 'CompletenessError';

  constructor(
    readonly fault: CompletenessFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An entry's bytes and the proof that they stand in the log. */
export interface ProvenEntry {
  readonly leafIndex: number;
  readonly entry: Uint8Array;
  /** From the leaf up (RFC 9162 §2.1.3). */
  readonly inclusionProof: readonly Uint8Array[];
}

/** What the log says of its index at one size. */
export interface IndexCommitment {
  /** The index covers the entries below this size. */
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly keys: number;
}

/** What is claimed: these are all the events about the key below the commitment's size. */
export interface CompletenessClaim {
  readonly key: IndexKey;
  /** Of a checkpoint whose signature the caller has verified. */
  readonly head: { readonly treeSize: number; readonly rootHash: Uint8Array };
  /** By ascending index. */
  readonly entries: readonly ProvenEntry[];
  readonly commitment: ProvenEntry;
  readonly indexProof: IndexProof;
  /** The list must be complete at least up to this size; 0 where any commitment will do. */
  readonly treeSizeMin?: number;
}

/** The list is complete up to `treeSize`; of later entries it says nothing. */
export interface Completeness {
  readonly treeSize: number;
  readonly events: number;
}

/**
 * Checks offline that a list holds every event about a subject or case: each entry stands in the log,
 * the commitment does, and the committed index knows just these events of the key, in this order.
 * That the commitment itself says the truth is what a verification of the whole log shows, to
 * anybody who reads it: all are shown the same one, because it is an entry.
 *
 * @throws CompletenessError where it does not.
 */
export function verifyCompleteness(claim: CompletenessClaim): Completeness {
  const { key, entries, head, indexProof, treeSizeMin = 0 } = claim;
  const commitment = openCommitment(claim.commitment);
  if (commitment.treeSize < treeSizeMin)
    throw new CompletenessError(
      'stale_commitment',
      `The commitment ends at ${commitment.treeSize}; ${treeSizeMin} was asked for`,
    );
  for (const proven of [...entries, claim.commitment]) assertIncluded(proven, head);
  assertAscending(entries, commitment.treeSize);
  for (const { entry, leafIndex } of entries) assertAbout(key, entry, leafIndex);
  const leafHashes = entries.map(({ entry }) => leafHash(entry));
  assertAllEvents(verifyKey(key, indexProof, commitment), leafHashes);
  return { treeSize: commitment.treeSize, events: entries.length };
}

/**
 * The last step alone, for a verifier that has the entries and the commitment from a log it has
 * verified by itself: the commitment's index knows exactly these events of the key.
 *
 * @param leafHashes of all entries about the key below the commitment's size, by ascending index
 * @throws CompletenessError `index_proof_wrong`, `events_differ`.
 */
export function verifyKeyEvents(
  statement: { readonly key: IndexKey; readonly commitment: IndexCommitment },
  indexProof: IndexProof,
  leafHashes: readonly Uint8Array[],
): void {
  assertAllEvents(verifyKey(statement.key, indexProof, statement.commitment), leafHashes);
}

function verifyKey(
  key: IndexKey,
  proof: IndexProof,
  { rootHash }: IndexCommitment,
): IndexedKey | null {
  try {
    return verifyIndexProof(indexKeyHash(key), proof, rootHash);
  } catch (cause) {
    if (!(cause instanceof IndexProofError)) throw cause;
    throw new CompletenessError('index_proof_wrong', cause.message, { cause });
  }
}

function assertAllEvents(indexed: IndexedKey | null, leafHashes: readonly Uint8Array[]): void {
  const events = indexed?.events ?? 0;
  if (events !== leafHashes.length)
    throw new CompletenessError(
      'events_differ',
      `The index knows ${events} events of the key, the list ${leafHashes.length}`,
    );
  if (indexed && !indexed.digest.equals(digestOf(leafHashes)))
    throw new CompletenessError('events_differ', 'The index knows other events of the key');
}

function assertIncluded(
  { entry, leafIndex, inclusionProof }: ProvenEntry,
  head: CompletenessClaim['head'],
): void {
  try {
    verifyInclusion({ leafIndex, ...head, leafHash: leafHash(entry) }, inclusionProof);
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    const message = `Entry ${leafIndex} does not stand in the log: ${cause.message}`;
    throw new CompletenessError('not_included', message, { cause });
  }
}

function assertAscending(entries: readonly ProvenEntry[], beyond: number): void {
  let previous = -1;
  for (const { leafIndex } of entries) {
    if (leafIndex <= previous || leafIndex >= beyond)
      throw new CompletenessError('out_of_order', `Entry ${leafIndex} stands out of order`);
    previous = leafIndex;
  }
}

function assertAbout(key: IndexKey, entry: Uint8Array, leafIndex: number): void {
  const { event } = parseEntry(entry, leafIndex);
  if (!keysOfEvent(event).some(({ kind, id }) => kind === key.kind && id === key.id))
    throw new CompletenessError('foreign_entry', `Entry ${leafIndex} is not about the ${key.kind}`);
}

/** What an event counts for in the index: its subject, and its case. */
export function keysOfEvent(event: ForeignRecord): IndexKey[] {
  const keys: IndexKey[] = [];
  if (typeof event['subject'] === 'string') keys.push({ kind: 'subject', id: event['subject'] });
  if (typeof event['case'] === 'string') keys.push({ kind: 'case', id: event['case'] });
  return keys;
}

/** @throws CompletenessError `no_commitment` where the entry is no commitment to an index before it. */
export function openCommitment({
  entry,
  leafIndex,
}: Omit<ProvenEntry, 'inclusionProof'>): IndexCommitment {
  const { event } = parseEntry(entry, leafIndex);
  const commitment = event['type'] === indexCommittedType ? commitmentOf(event) : null;
  // An index over entries that did not stand yet could not have been derived from them.
  if (!commitment || commitment.treeSize > leafIndex)
    throw new CompletenessError('no_commitment', `Entry ${leafIndex} commits to no index`);
  return commitment;
}

/** What an event `ledger.index_committed` says; null where it is malformed. */
export function commitmentOf(event: ForeignRecord): IndexCommitment | null {
  const { detail } = event;
  if (!isRecord(detail)) return null;
  const { treeSize, rootHash, keys } = detail;
  if (!isCount(treeSize) || !isCount(keys) || typeof rootHash !== 'string') return null;
  const root = Buffer.from(rootHash, 'base64');
  if (root.length !== hashBytes || root.toString('base64') !== rootHash) return null;
  return { treeSize, rootHash: root, keys };
}

function parseEntry(entry: Uint8Array, leafIndex: number): { readonly event: ForeignRecord } {
  const { index, event } = parseRecord(Buffer.from(entry).toString()) ?? {};
  if (index !== leafIndex || !isRecord(event))
    throw new CompletenessError('malformed', `Entry ${leafIndex} is no entry of this index`);
  return { event };
}

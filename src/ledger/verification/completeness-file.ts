import { type ForeignRecord, isCount, isRecord } from '../foreign-json.js';
import {
  type Checkpoint,
  type IndexedKey,
  type IndexKey,
  type IndexProof,
  type NoteVerifier,
  openNote,
  parseCheckpoint,
} from '../tree/index.js';
import {
  type Completeness,
  CompletenessError,
  type ProvenEntry,
  verifyCompleteness,
} from './completeness.js';

/** A list of events about a key and everything that shows, offline, that there are no others. */
export interface CompletenessProof {
  readonly key: IndexKey;
  /** By ascending index: all events about the key below the commitment's size. */
  readonly entries: readonly ProvenEntry[];
  readonly commitment: ProvenEntry;
  readonly indexProof: IndexProof;
  /** The signed note over the head that all inclusion proofs lead to. */
  readonly checkpoint: string;
}

interface EntryJson {
  readonly leafIndex: number;
  /** The entry's bytes, which are UTF-8. */
  readonly entry: string;
  readonly inclusionProof: readonly string[];
}

/** The proof as JSON: hashes in base64, entries as text. */
export interface CompletenessProofJson {
  readonly key: IndexKey;
  readonly entries: readonly EntryJson[];
  readonly commitment: EntryJson;
  readonly indexProof: {
    readonly siblings: readonly string[];
    readonly end: {
      readonly keyHash: string;
      readonly events: number;
      readonly digest: string;
    } | null;
  };
  readonly checkpoint: string;
}

export function formatCompletenessProof(proof: CompletenessProof): CompletenessProofJson {
  const { end, siblings } = proof.indexProof;
  return {
    key: proof.key,
    entries: proof.entries.map(formatProvenEntry),
    commitment: formatProvenEntry(proof.commitment),
    indexProof: {
      siblings: siblings.map(toBase64),
      end: end && {
        keyHash: toBase64(end.keyHash),
        events: end.events,
        digest: toBase64(end.digest),
      },
    },
    checkpoint: proof.checkpoint,
  };
}

function formatProvenEntry({ leafIndex, entry, inclusionProof }: ProvenEntry): EntryJson {
  const text = Buffer.from(entry).toString();
  return { leafIndex, entry: text, inclusionProof: inclusionProof.map(toBase64) };
}

/**
 * Reads what `formatCompletenessProof` wrote; members beside the proof's own are ignored.
 *
 * @throws CompletenessError `malformed`.
 */
export function parseCompletenessProof(value: unknown): CompletenessProof {
  const { key, entries, commitment, indexProof, checkpoint } = record(value);
  if (!Array.isArray(entries)) throw malformed('entries');
  return {
    key: parseKey(key),
    entries: entries.map(parseProvenEntry),
    commitment: parseProvenEntry(commitment),
    indexProof: parseIndexProof(indexProof),
    checkpoint: text(checkpoint),
  };
}

/** What the verifier of a saved proof trusts. */
export interface CompletenessTrust {
  readonly origin: string;
  readonly verifiers: readonly NoteVerifier[];
  /** The list must be complete at least up to this size. */
  readonly treeSizeMin?: number;
}

/**
 * Checks a proof as it was saved, with nothing but the log's name and public keys.
 *
 * @throws CompletenessError naming what does not hold; SignedNoteError and CheckpointError where the
 *   checkpoint is not one that a known key signed.
 */
export function verifyCompletenessProof(
  proof: CompletenessProof,
  { origin, verifiers, treeSizeMin = 0 }: CompletenessTrust,
): Completeness & { readonly checkpoint: Checkpoint } {
  const checkpoint = parseCheckpoint(openNote(proof.checkpoint, verifiers).text);
  if (checkpoint.origin !== origin)
    throw new CompletenessError('not_included', 'The checkpoint is of another log');
  return { ...verifyCompleteness({ ...proof, head: checkpoint, treeSizeMin }), checkpoint };
}

function parseKey(value: unknown): IndexKey {
  const { kind, id } = record(value);
  if (kind !== 'subject' && kind !== 'case') throw malformed('key');
  return { kind, id: text(id) };
}

function parseProvenEntry(value: unknown): ProvenEntry {
  const { leafIndex, entry, inclusionProof } = record(value);
  return {
    leafIndex: count(leafIndex),
    entry: Buffer.from(text(entry)),
    inclusionProof: hashes(inclusionProof),
  };
}

function parseIndexProof(value: unknown): IndexProof {
  const { siblings, end } = record(value);
  return { siblings: hashes(siblings), end: end === null ? null : parseIndexedKey(end) };
}

function parseIndexedKey(value: unknown): IndexedKey {
  const { keyHash, events, digest } = record(value);
  return { keyHash: bytes(keyHash), events: count(events), digest: bytes(digest) };
}

function record(value: unknown): ForeignRecord {
  if (!isRecord(value)) throw malformed('an object');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw malformed('a text');
  return value;
}

function count(value: unknown): number {
  if (!isCount(value)) throw malformed('a number');
  return value;
}

function hashes(value: unknown): Buffer[] {
  if (!Array.isArray(value)) throw malformed('a list of hashes');
  return value.map(bytes);
}

/** Strict: `Buffer.from` alone would skip what it does not understand. */
function bytes(value: unknown): Buffer {
  const decoded = Buffer.from(text(value), 'base64');
  if (toBase64(decoded) !== value) throw malformed('base64');
  return decoded;
}

function toBase64(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64');
}

function malformed(what: string): CompletenessError {
  return new CompletenessError('malformed', `Not a proof of completeness: ${what} is wrong`);
}

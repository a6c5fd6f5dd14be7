import { hashBytes, leafHash, nodeHash, sha256 } from './hash.js';

/**
 * An index of the log by what its events are about: how many there are per key, and a running digest
 * over their leaf hashes. Its root is itself an entry of the log, so that whoever holds all events of
 * a key can show that there are no others ("verifiable log-derived map": Eijdenberg, Laurie, Cutler,
 * Verifiable Data Structures, 2015, §5).
 *
 * The index is a binary trie over the 256 bits of the keys' hashes, first bit first. A subtrie
 *
 *     without a key      is 32 zero bytes,
 *     of one key         is leafHash(key hash ‖ events in 64 bits ‖ digest), however deep it stands,
 *     of several         is nodeHash(subtrie of bit 0, subtrie of bit 1).
 *
 * The same keys give the same root whatever order they came in. The path of any key ends at its own
 * leaf, at no key at all, or at the one leaf of another key: one form of proof shows both that a key
 * is in the index and that it is not.
 */
export interface IndexKey {
  readonly kind: 'subject' | 'case';
  readonly id: string;
}

/** All that the index says of a key. */
export interface IndexedKey {
  readonly keyHash: Buffer;
  readonly events: number;
  /** See `extendDigest`. */
  readonly digest: Buffer;
}

/** A part of the trie, as its parent sees it. */
export interface Subtrie {
  readonly keys: number;
  readonly root: Buffer;
}

/** The way from the root to where a key's path ends. */
export interface IndexProof {
  /** What stands beside the path, from the root down. */
  readonly siblings: readonly Buffer[];
  /** What stands at its end; null where nothing does. */
  readonly end: IndexedKey | null;
}

/** Thrown for a proof that does not lead to the root, and for what is no proof. */
export class IndexProofError extends Error {
  override readonly name = 'IndexProofError';
}

/** The digest of a key without events. */
export const emptyDigest = Buffer.alloc(hashBytes);
export const emptySubtrie: Subtrie = { keys: 0, root: Buffer.alloc(hashBytes) };

/** SHA-256 of `probity-index-key/v1`, kind and id, a line each: where a key stands tells nothing of it. */
export function indexKeyHash({ kind, id }: IndexKey): Buffer {
  return sha256(`probity-index-key/v1\n${kind}\n${id}\n`);
}

/** SHA-256(digest before ‖ leaf hash): an event's leaf hash has its index in it, so order is bound too. */
export function extendDigest(digest: Uint8Array, leaf: Uint8Array): Buffer {
  return sha256(Buffer.concat([digest, leaf]));
}

export function digestOf(leafHashes: readonly Uint8Array[]): Buffer {
  return leafHashes.reduce<Buffer>(extendDigest, emptyDigest);
}

function subtrieOfKey({ keyHash, events, digest }: IndexedKey): Subtrie {
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(events));
  return { keys: 1, root: leafHash(Buffer.concat([keyHash, count, digest])) };
}

function join(left: Subtrie, right: Subtrie): Subtrie {
  const keys = left.keys + right.keys;
  if (keys === 0) return emptySubtrie;
  if (keys === 1) return left.keys === 1 ? left : right;
  return { keys, root: nodeHash(left.root, right.root) };
}

/** Folds a power of two of subtries that stand side by side. */
export function joinSubtries(subtries: readonly Subtrie[]): Subtrie {
  let row = subtries;
  while (row.length > 1) row = pairs(row);
  return row[0] ?? emptySubtrie;
}

function pairs(row: readonly Subtrie[]): Subtrie[] {
  return Array.from({ length: row.length / 2 }, (_, place) =>
    join(row[2 * place] ?? emptySubtrie, row[2 * place + 1] ?? emptySubtrie),
  );
}

/** The subtrie of keys whose hashes share their first `depth` bits. */
export function subtrieOf(keys: readonly IndexedKey[], depth = 0): Subtrie {
  const [first] = keys;
  if (!first) return emptySubtrie;
  if (keys.length === 1) return subtrieOfKey(first);
  const [zeros, ones] = splitAt(keys, depth);
  return join(subtrieOf(zeros, depth + 1), subtrieOf(ones, depth + 1));
}

function splitAt(keys: readonly IndexedKey[], depth: number): [IndexedKey[], IndexedKey[]] {
  const halves: [IndexedKey[], IndexedKey[]] = [[], []];
  for (const key of keys) halves[bitOf(key.keyHash, depth)].push(key);
  return halves;
}

function bitOf(keyHash: Uint8Array, depth: number): 0 | 1 {
  if (depth >= keyHash.length * 8) throw new IndexProofError('Two keys have one hash');
  return ((keyHash[depth >> 3] ?? 0) >> (7 - (depth % 8))) % 2 === 0 ? 0 : 1;
}

/** Proves what is said, or not said, of a key among the keys that share its first `depth` bits. */
export function proveKey(keyHash: Uint8Array, keys: readonly IndexedKey[], depth = 0): IndexProof {
  const siblings: Buffer[] = [];
  let rest = keys;
  for (let at = depth; rest.length > 1; at += 1) {
    const halves = splitAt(rest, at);
    const bit = bitOf(keyHash, at);
    siblings.push(subtrieOf(halves[bit === 0 ? 1 : 0], at + 1).root);
    rest = halves[bit];
  }
  return { siblings, end: rest[0] ?? null };
}

/**
 * What stands beside the path through a row of subtries, from the top down to the one at `slot`; it
 * ends above that where no more than one key is left.
 */
export function siblingsThrough(subtries: readonly Subtrie[], slot: number): Buffer[] {
  const siblings: Buffer[] = [];
  let place = slot;
  for (let row = subtries; row.length > 1; row = pairs(row)) {
    const [own, other] = [row[place] ?? emptySubtrie, row[place ^ 1] ?? emptySubtrie];
    // Where the two together hold one key, the path has ended above them.
    if (own.keys + other.keys > 1) siblings.unshift(other.root);
    place >>= 1;
  }
  return siblings;
}

/**
 * Checks a proof against the index's root and answers what the index says of the key; null where it
 * is proven that it says nothing.
 *
 * @throws IndexProofError where the proof does not lead to the root, whatever is wrong with it.
 */
export function verifyIndexProof(
  keyHash: Uint8Array,
  { siblings, end }: IndexProof,
  rootHash: Uint8Array,
): IndexedKey | null {
  assertWellFormed(siblings, end);
  const isOwn = end?.keyHash.equals(keyHash) ?? false;
  if (end !== null && !isOwn && !sharesPath(end.keyHash, keyHash, siblings.length)) {
    throw new IndexProofError('The proof ends at a key that does not stand in the way');
  }
  let hash = end === null ? emptySubtrie.root : subtrieOfKey(end).root;
  for (let depth = siblings.length - 1; depth >= 0; depth -= 1) {
    const sibling = siblings[depth] ?? emptySubtrie.root;
    hash = bitOf(keyHash, depth) === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash);
  }
  if (!hash.equals(rootHash)) throw new IndexProofError('The proof leads to another root');
  return isOwn ? end : null;
}

function assertWellFormed(siblings: readonly Buffer[], end: IndexedKey | null): void {
  const hashes = end === null ? siblings : [...siblings, end.keyHash, end.digest];
  const isCount = end === null || (Number.isSafeInteger(end.events) && end.events > 0);
  if (!isCount || siblings.length > hashBytes * 8 || hashes.some((one) => one.length !== hashBytes))
    throw new IndexProofError('Not a proof of the index');
}

function sharesPath(one: Uint8Array, other: Uint8Array, bits: number): boolean {
  for (let depth = 0; depth < bits; depth += 1)
    if (bitOf(one, depth) !== bitOf(other, depth)) return false;
  return true;
}

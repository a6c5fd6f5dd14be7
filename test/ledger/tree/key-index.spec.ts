import fc from 'fast-check';

import {
  digestOf,
  emptyDigest,
  emptySubtrie,
  extendDigest,
  type IndexedKey,
  indexKeyHash,
  type IndexProof,
  IndexProofError,
  joinSubtries,
  proveKey,
  sha256,
  siblingsThrough,
  subtrieOf,
  verifyIndexProof,
} from '../../../src/ledger/tree/index.js';

const keyNumber = (n: number): IndexedKey => ({
  keyHash: indexKeyHash({ kind: 'subject', id: String(n) }),
  events: n + 1,
  digest: sha256(`digest ${n}`),
});
const keysUpTo = (count: number): IndexedKey[] =>
  Array.from({ length: count }, (_, n) => keyNumber(n));
const sizes = [0, 1, 2, 3, 4, 5, 8, 17, 64, 65, 300];
const stranger = keyNumber(1_000_000);

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 0x01;
  return copy;
};

describe('the index of keys', () => {
  it('proves of every key, at every size, what the index says of it', () => {
    for (const size of sizes) {
      const keys = keysUpTo(size);
      const { root } = subtrieOf(keys);
      for (const key of keys)
        expect(verifyIndexProof(key.keyHash, proveKey(key.keyHash, keys), root)).toEqual(key);
    }
  });

  it('proves of a key that is not in it that it is not', () => {
    for (const size of sizes) {
      const keys = keysUpTo(size);
      for (let n = size; n < size + 50; n += 1) {
        const { keyHash } = keyNumber(n);
        const proof = proveKey(keyHash, keys);
        expect(verifyIndexProof(keyHash, proof, subtrieOf(keys).root)).toBeNull();
      }
    }
  });

  it('has one root for the same keys in any order', () => {
    const keys = keysUpTo(40);
    fc.assert(
      fc.property(fc.shuffledSubarray(keys, { minLength: 40 }), (shuffled) => {
        expect(subtrieOf(shuffled)).toEqual(subtrieOf(keys));
      }),
      { numRuns: 30 },
    );
  });

  it('refuses every flipped byte of a proof, and every hash too many or too few', () => {
    for (const size of [1, 2, 7, 64]) {
      const keys = keysUpTo(size);
      const { root } = subtrieOf(keys);
      for (const { keyHash } of [keys[0]!, keys.at(-1)!, stranger]) {
        const proof = proveKey(keyHash, keys);
        for (const forged of forgeries(proof)) {
          expect(() => verifyIndexProof(keyHash, forged, root)).toThrow(IndexProofError);
        }
      }
    }
  });

  it('does not let the proof of one key pass for another’s absence', () => {
    const keys = keysUpTo(64);
    const { root } = subtrieOf(keys);
    for (const key of keys) {
      const proof = proveKey(key.keyHash, keys);
      for (const other of keys.filter((one) => one !== key))
        expect(() => verifyIndexProof(other.keyHash, proof, root)).toThrow(IndexProofError);
    }
  });

  it('changes its root with every count, digest, and key', () => {
    const keys = keysUpTo(9);
    const roots = new Set([subtrieOf(keys).root.toString('hex')]);
    for (const [place, key] of keys.entries()) {
      const others = keys.filter((one) => one !== key);
      for (const changed of [
        { ...key, events: key.events + 1 },
        { ...key, digest: flipped(key.digest, 31) },
        { ...key, keyHash: flipped(key.keyHash, place) },
      ])
        roots.add(subtrieOf([...others, changed]).root.toString('hex'));
      roots.add(subtrieOf(others).root.toString('hex'));
    }
    expect(roots.size).toBe(1 + 4 * keys.length);
  });

  it('folds subtries of equal depth into the same root as all keys at once', () => {
    for (const size of sizes) {
      const keys = keysUpTo(size);
      const subtries = Array.from({ length: 16 }, (_, slot) =>
        subtrieOf(
          keys.filter((key) => key.keyHash[0]! >> 4 === slot),
          4,
        ),
      );
      expect(joinSubtries(subtries)).toEqual(subtrieOf(keys));
      for (const key of [...keys, stranger]) {
        const slot = key.keyHash[0]! >> 4;
        const whole = proveKey(key.keyHash, keys).siblings;
        expect(siblingsThrough(subtries, slot)).toEqual(whole.slice(0, 4));
      }
    }
  });

  it('is 32 zero bytes without keys, and digests in order', () => {
    expect(subtrieOf([])).toEqual(emptySubtrie);
    expect(emptySubtrie.root).toEqual(Buffer.alloc(32));
    const [a, b] = [sha256('a'), sha256('b')];
    expect(digestOf([])).toEqual(emptyDigest);
    expect(digestOf([a, b])).toEqual(extendDigest(extendDigest(emptyDigest, a), b));
    expect(digestOf([a, b])).not.toEqual(digestOf([b, a]));
  });
});

function* forgeries({ siblings, end }: IndexProof): Generator<IndexProof> {
  for (const [place, sibling] of siblings.entries())
    for (let at = 0; at < sibling.length; at += 1)
      yield { end, siblings: siblings.with(place, flipped(sibling, at)) };
  yield { end, siblings: [...siblings, Buffer.alloc(32)] };
  yield { end, siblings: [...siblings, Buffer.alloc(31)] };
  if (siblings.length > 0) yield { end, siblings: siblings.slice(1) };
  if (siblings.length > 0) yield { end, siblings: siblings.slice(0, -1) };
  if (end === null) return;
  yield { siblings, end: null };
  for (let at = 0; at < 32; at += 1) {
    yield { siblings, end: { ...end, keyHash: flipped(end.keyHash, at) } };
    yield { siblings, end: { ...end, digest: flipped(end.digest, at) } };
  }
  for (const events of [end.events + 1, 0, -1, 0.5, 2 ** 60])
    yield { siblings, end: { ...end, events } };
}

import {
  digestOf,
  emptyDigest,
  extendDigest,
  formatEntry,
  type IndexedKey,
  type IndexKey,
  indexKeyHash,
  leafHash,
  noPreviousLeafHash,
  proveInclusion,
  proveKey,
  rootOf,
  appendLeaves,
  emptyFrontier,
  foldHashes,
  sha256,
  subtrieOf,
} from '../../../src/ledger/tree/index.js';
import {
  type CompletenessClaim,
  CompletenessError,
  keysOfEvent,
  type ProvenEntry,
  verifyCompleteness,
  verifyKeyEvents,
} from '../../../src/ledger/verification/completeness.js';

const subject = (id: string): IndexKey => ({ kind: 'subject', id });

interface Event {
  readonly type: string;
  readonly subject: string | null;
  readonly case: string | null;
  readonly detail?: unknown;
}

/** A log in memory, with an index that tells the truth unless it is told otherwise. */
class Log {
  readonly #entries: Buffer[] = [];
  readonly #events: Event[] = [];

  get size(): number {
    return this.#entries.length;
  }

  add(event: Event): number {
    const previous = this.#entries.at(-1);
    const prev = previous ? leafHash(previous) : noPreviousLeafHash;
    this.#entries.push(formatEntry(this.size, prev, JSON.stringify(event)));
    this.#events.push(event);
    return this.size - 1;
  }

  /** @param without indices that a lying index leaves out */
  index(treeSize: number, without: readonly number[] = []): IndexedKey[] {
    const keys = new Map<string, IndexedKey>();
    for (const [place, event] of this.#events.slice(0, treeSize).entries()) {
      if (without.includes(place)) continue;
      for (const key of keysOfEvent({ ...event })) {
        const keyHash = indexKeyHash(key);
        const known = keys.get(keyHash.toString('hex'));
        const digest = extendDigest(known?.digest ?? emptyDigest, this.#leaf(place));
        keys.set(keyHash.toString('hex'), { keyHash, events: (known?.events ?? 0) + 1, digest });
      }
    }
    return [...keys.values()];
  }

  commit(index: readonly IndexedKey[], treeSize: number): number {
    const { keys, root } = subtrieOf(index);
    const detail = { treeSize, rootHash: root.toString('base64'), keys };
    return this.add({ type: 'ledger.index_committed', subject: null, case: null, detail });
  }

  about(key: IndexKey, treeSize: number): number[] {
    return this.#events.flatMap((event, place) =>
      place < treeSize && event[key.kind] === key.id ? [place] : [],
    );
  }

  async prove(leafIndex: number): Promise<ProvenEntry> {
    const inclusionProof = await proveInclusion(leafIndex, this.size, (subtrees) =>
      Promise.resolve(
        subtrees.map(({ level, index }) =>
          foldHashes(
            Buffer.concat(
              Array.from({ length: 2 ** level }, (_, n) => this.#leaf(index * 2 ** level + n)),
            ),
          ),
        ),
      ),
    );
    return { leafIndex, entry: this.#entries[leafIndex]!, inclusionProof };
  }

  head(): CompletenessClaim['head'] {
    const hashes = this.#entries.map(leafHash);
    return { treeSize: this.size, rootHash: rootOf(appendLeaves(emptyFrontier, hashes)) };
  }

  #leaf(place: number): Buffer {
    return leafHash(this.#entries[place]!);
  }
}

describe('verifyCompleteness', () => {
  const ada = subject('ada');
  const treeSize = 60;
  let log: Log;
  let index: IndexedKey[];
  let commitment: number;

  beforeEach(() => {
    log = new Log();
    for (let n = 0; n < treeSize; n += 1)
      log.add({
        type: 'test.noted',
        subject: n % 4 === 3 ? null : (['ada', 'bob', 'cy'][n % 3] ?? null),
        case: n % 10 === 0 ? 'case-1' : null,
      });
    index = log.index(treeSize);
    commitment = log.commit(index, treeSize);
    for (let n = 0; n < 9; n += 1) log.add({ type: 'test.noted', subject: 'ada', case: null });
  });

  const claimOf = async (
    key: IndexKey,
    change: Partial<CompletenessClaim> = {},
  ): Promise<CompletenessClaim> => ({
    key,
    head: log.head(),
    entries: await Promise.all(log.about(key, treeSize).map((place) => log.prove(place))),
    commitment: await log.prove(commitment),
    indexProof: proveKey(indexKeyHash(key), index),
    ...change,
  });
  const faultOf = (claim: CompletenessClaim): string => {
    try {
      verifyCompleteness(claim);
    } catch (error) {
      if (error instanceof CompletenessError) return error.fault;
      throw error;
    }
    return 'none';
  };

  it('accepts all events of a subject, of a case, and the want of any of a stranger', async () => {
    for (const key of [
      ada,
      subject('bob'),
      subject('cy'),
      { kind: 'case', id: 'case-1' } as const,
    ]) {
      const claim = await claimOf(key);
      expect(claim.entries.length).toBeGreaterThan(5);
      expect(verifyCompleteness(claim)).toEqual({ treeSize, events: claim.entries.length });
    }
    expect(verifyCompleteness(await claimOf(subject('nobody')))).toEqual({ treeSize, events: 0 });
  });

  it('refuses a list from which any one event was left out', async () => {
    const claim = await claimOf(ada);
    for (const hidden of claim.entries.keys())
      expect(faultOf({ ...claim, entries: claim.entries.toSpliced(hidden, 1) })).toBe(
        'events_differ',
      );
    expect(faultOf({ ...claim, entries: [] })).toBe('events_differ');
  });

  it('refuses an event too many: of another, of the same subject but later, or the same one twice', async () => {
    const claim = await claimOf(ada);
    const [first] = claim.entries;
    const ofBob = await log.prove(log.about(subject('bob'), treeSize)[0]!);
    const later = await log.prove(commitment + 1);
    const sorted = (entries: ProvenEntry[]): ProvenEntry[] =>
      entries.sort((a, b) => a.leafIndex - b.leafIndex);

    expect(faultOf({ ...claim, entries: sorted([...claim.entries, ofBob]) })).toBe('foreign_entry');
    expect(faultOf({ ...claim, entries: [...claim.entries, later] })).toBe('out_of_order');
    expect(faultOf({ ...claim, entries: [first!, ...claim.entries] })).toBe('out_of_order');
  });

  it('refuses two events that changed places, or one whose bytes were changed', async () => {
    const claim = await claimOf(ada);
    const [first, second, ...rest] = claim.entries;
    const swapped = [
      { ...first!, entry: second!.entry },
      { ...second!, entry: first!.entry },
    ];
    expect(faultOf({ ...claim, entries: [second!, first!, ...rest] })).toBe('out_of_order');
    expect(faultOf({ ...claim, entries: [...swapped, ...rest] })).toBe('not_included');
    const entry = Buffer.from(Buffer.from(first!.entry).toString().replace('noted', 'novel'));
    expect(faultOf({ ...claim, entries: [{ ...first!, entry }, second!, ...rest] })).toBe(
      'not_included',
    );
  });

  it('refuses the list of one key under the proof of another', async () => {
    const claim = await claimOf(ada);
    const indexProof = proveKey(indexKeyHash(subject('bob')), index);
    expect(faultOf({ ...claim, indexProof })).toBe('index_proof_wrong');
    expect(faultOf({ ...(await claimOf(subject('bob'))), key: ada })).toBe('foreign_entry');
  });

  it('refuses an index of its own making: a root that no commitment names', async () => {
    const entries = (await claimOf(ada)).entries.slice(1);
    const forged = log.index(treeSize, [log.about(ada, treeSize)[0]!]);
    const claim = await claimOf(ada, { entries, indexProof: proveKey(indexKeyHash(ada), forged) });
    expect(faultOf(claim)).toBe('index_proof_wrong');
  });

  it('refuses a commitment that is not in the log, is none, or covers entries that came after it', async () => {
    const claim = await claimOf(ada);
    const forged = new Log();
    for (let n = 0; n <= commitment; n += 1) forged.add({ type: 'x', subject: null, case: null });
    const elsewhere = await forged.prove(forged.commit(index, treeSize));
    expect(faultOf({ ...claim, commitment: elsewhere })).toBe('not_included');
    expect(faultOf({ ...claim, commitment: await log.prove(3) })).toBe('no_commitment');
    const early = log.commit(index, log.size + 5);
    expect(faultOf({ ...claim, head: log.head(), commitment: await log.prove(early) })).toBe(
      'no_commitment',
    );
  });

  it('refuses a commitment that is staler than was asked for', async () => {
    const claim = await claimOf(ada);
    expect(faultOf({ ...claim, treeSizeMin: treeSize })).toBe('none');
    expect(faultOf({ ...claim, treeSizeMin: treeSize + 1 })).toBe('stale_commitment');
  });

  it('refuses what is no entry, with no error but its own', async () => {
    const claim = await claimOf(ada);
    for (const text of ['', '{', 'null', '[]', '{"index":60}', '{"event":{},"index":61}']) {
      const broken = { ...claim.commitment, entry: Buffer.from(text) };
      expect(faultOf({ ...claim, commitment: broken })).toBe('malformed');
    }
    for (const detail of [
      null,
      {},
      { treeSize: 1, keys: 1, rootHash: 'AA==' },
      { treeSize: -1, keys: 0, rootHash: sha256('').toString('base64') },
    ]) {
      const place = log.add({ type: 'ledger.index_committed', subject: null, case: null, detail });
      const malformed = { ...claim, head: log.head(), commitment: await log.prove(place) };
      expect(faultOf(malformed)).toBe('no_commitment');
    }
  });

  it('answers the last step alone for a log that was verified otherwise', async () => {
    const { entries, indexProof } = await claimOf(ada);
    const { root, keys } = subtrieOf(index);
    const statement = { key: ada, commitment: { treeSize, rootHash: root, keys } };
    const leafHashes = entries.map(({ entry }) => leafHash(entry));
    expect(() => verifyKeyEvents(statement, indexProof, leafHashes)).not.toThrow();
    expect(() => verifyKeyEvents(statement, indexProof, leafHashes.toReversed())).toThrow(
      CompletenessError,
    );
    expect(digestOf(leafHashes)).toEqual(indexProof.end?.digest);
  });
});

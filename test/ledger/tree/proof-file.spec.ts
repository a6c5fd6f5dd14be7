import fc from 'fast-check';

import {
  addSignatures,
  appendLeaves,
  cosignCheckpoint,
  emptyFrontier,
  formatCheckpoint,
  formatProofFile,
  leafHash,
  openCheckpoint,
  parseProofFile,
  type ProofFile,
  ProofFileError,
  proveInclusion,
  rootOf,
  signNote,
  verifyInclusion,
  verifyProofFile,
} from '../../../src/ledger/tree/index.js';
import { hashesOver } from './hash-source.js';
import { flippedTexts, newSigner, verifierOf } from './keys.js';

const log = newSigner('bank.example/ledger');
const witness = newSigner('witness.example/w1');
const trust = { logs: [verifierOf(log)], witnesses: [verifierOf(witness, 'cosignature')] };
const entries = Array.from({ length: 300 }, (_, index) => Buffer.from(`entry ${index}`));
const leaves = entries.map((entry) => leafHash(entry));
const source = hashesOver(leaves);

async function fileOf(leafIndex: number, treeSize: number): Promise<ProofFile> {
  const rootHash = rootOf(appendLeaves(emptyFrontier, leaves.slice(0, treeSize)));
  const text = formatCheckpoint({ origin: log.name, treeSize, rootHash });
  const checkpoint = addSignatures(signNote(text, [log]), [cosignCheckpoint(text, witness, 1)]);
  return { leafIndex, proof: await proveInclusion(leafIndex, treeSize, source), checkpoint };
}

const refusals = ['ProofFileError', 'ProofError', 'SignedNoteError', 'CheckpointError'];
function throwsProofError(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    return refusals.includes((error as Error).name);
  }
}
const isRefused = (text: string, entry: Buffer): boolean =>
  throwsProofError(() => verifyProofFile(parseProofFile(text), entry, trust));

describe('a proof file', () => {
  it('reads back as it was written, and proves its entry', async () => {
    for (const [leafIndex, treeSize] of [
      [0, 1],
      [1, 3],
      [299, 300],
    ] as const) {
      const file = await fileOf(leafIndex, treeSize);
      const text = formatProofFile(file);
      expect(parseProofFile(text)).toEqual(file);
      const opened = verifyProofFile(parseProofFile(text), entries[leafIndex]!, trust);
      expect([opened.treeSize, opened.cosignatures.length]).toEqual([treeSize, 1]);
    }
  });

  it('has the lines of C2SP tlog-proof', async () => {
    const file = await fileOf(1, 3);
    expect(formatProofFile({ ...file, extra: Buffer.from('x') })).toBe(
      [
        'c2sp.org/tlog-proof@v1',
        'extra eA==',
        'index 1',
        leaves[0]!.toString('base64'),
        leaves[2]!.toString('base64'),
        '',
        file.checkpoint,
      ].join('\n'),
    );
  });

  it('keeps extra data, which nothing vouches for', async () => {
    const file = { ...(await fileOf(1, 3)), extra: Buffer.from('whatever') };
    expect(parseProofFile(formatProofFile(file))).toEqual(file);
    expect(verifyProofFile(file, entries[1]!, trust).treeSize).toBe(3);
  });

  it('is refused with any byte before its checkpoint flipped, at every size up to 64', async () => {
    const accepted: string[] = [];
    for (let treeSize = 1; treeSize <= 64; treeSize += 1) {
      const leafIndex = (treeSize * 7) % treeSize;
      const file = await fileOf(leafIndex, treeSize);
      const { rootHash } = openCheckpoint(file.checkpoint, trust);
      const statement = { treeSize, rootHash, leafHash: leaves[leafIndex]! };
      for (const broken of flippedTexts(formatProofFile({ ...file, checkpoint: '' }))) {
        // The checkpoint itself is untouched: its signatures are not checked ten thousand times.
        const isAccepted = !throwsProofError(() => {
          const { leafIndex, proof } = parseProofFile(broken);
          verifyInclusion({ ...statement, leafIndex }, proof);
        });
        if (isAccepted) accepted.push(broken);
      }
    }
    expect(accepted).toEqual([]);
  });

  it.each([1, 64, 300])(
    'is refused with any byte up to its log’s signature flipped, at size %i',
    async (treeSize) => {
      const text = formatProofFile(await fileOf(0, treeSize));
      // The witness's line comes last; without its cosignature the proof itself still stands.
      const end = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n— ') + 1));
      const broken = [...flippedTexts(text)].slice(0, end);
      expect(broken.every((each) => isRefused(each, entries[0]!))).toBe(true);
    },
  );

  it('does not prove another entry, nor a leaf beside its index', async () => {
    const file = await fileOf(5, 20);
    expect(isRefused(formatProofFile(file), entries[6]!)).toBe(true);
    expect(isRefused(formatProofFile({ ...file, leafIndex: 6 }), entries[5]!)).toBe(true);
    expect(isRefused(formatProofFile({ ...file, leafIndex: 20 }), entries[5]!)).toBe(true);
  });

  it.each([
    ['another version', (text: string) => text.replace('@v1', '@v2')],
    ['an index with a leading zero', (text: string) => text.replace('index 1', 'index 01')],
    [
      'an index beyond counting',
      (text: string) => text.replace('index 1', 'index 9999999999999999'),
    ],
    ['no index', (text: string) => text.replace('index 1\n', '')],
    ['a hash of 31 bytes', (text: string) => text.replace('index 1\n', `index 1\n${short}\n`)],
    [
      '65 hashes',
      (text: string) => text.replace('index 1\n', `index 1\n${`${hash}\n`.repeat(64)}`),
    ],
    ['extra data that is not base64', (text: string) => text.replace('index', 'extra ?\nindex')],
    ['extra data twice', (text: string) => text.replace('index', 'extra eA==\nextra eA==\nindex')],
    ['carriage returns', (text: string) => text.replaceAll('\n', '\r\n')],
    ['no checkpoint', (text: string) => text.slice(0, text.indexOf('\n\n') + 1)],
    ['endless noise behind it', (text: string) => text + 'x'.repeat(2_000_000)],
  ])('is refused with %s', async (_, change) => {
    const text = formatProofFile(await fileOf(1, 3));
    expect(() => parseProofFile(change(text))).toThrow(ProofFileError);
  });
  const short = Buffer.alloc(31).toString('base64');
  const hash = Buffer.alloc(32).toString('base64');

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (noise, isHeaded) => {
        const text = isHeaded ? `c2sp.org/tlog-proof@v1\nindex 0\n${noise}` : noise;
        try {
          parseProofFile(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ProofFileError);
        }
        expect(() => openCheckpoint(text, trust)).toThrow();
      }),
    );
  });
});

import { verifyCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js';
import { verifyMerkleInclusion } from '@sigstore/verify/dist/tlog/merkle.js';

import {
  addSignatures,
  cosignCheckpoint,
  formatSignature,
  noteKeyId,
  publicKeyOf,
  splitNote,
} from '../../../src/ledger/tree/index.js';
import { newSigner } from '../tree/keys.js';
import { TestLog } from '../witness/test-log.js';

// Sigstore's own verifier reads the checkpoints and inclusion proofs of Rekor, which have the forms
// of C2SP and RFC 6962. Its functions for them are not of its public face: the version is exact.

type TlogEntry = Parameters<typeof verifyCheckpoint>[0];
type TlogAuthorities = Parameters<typeof verifyCheckpoint>[1];

interface Claim {
  readonly checkpoint: string;
  readonly leafIndex: number;
  readonly entry: Buffer;
  readonly proof: readonly Buffer[];
}

const log = new TestLog(newSigner('bank.example/ledger')).growTo(1_030);
const entryAt = (index: number): Buffer => Buffer.from(`entry ${index}`);
const witness = newSigner('witness.example/w1');

const authorities: TlogAuthorities = [
  {
    logID: noteKeyId(log.signer.name, log.signer.publicKeyBytes),
    baseURL: `https://${log.signer.name}`,
    publicKey: publicKeyOf(log.signer.publicKeyBytes),
    validFor: { start: new Date(0), end: new Date(8.64e15) },
  },
];

async function claimOf(leafIndex: number, treeSize: number): Promise<Claim> {
  const proof = await log.proveEntry(leafIndex, treeSize);
  const entry = entryAt(leafIndex);
  return { checkpoint: log.checkpoint(treeSize), leafIndex, entry, proof };
}

/** What Sigstore's verifier makes of it; that it throws is a refusal. */
function isAcceptedBySigstore({ checkpoint, leafIndex, entry, proof }: Claim): boolean {
  const claimed: TlogEntry = {
    logIndex: String(leafIndex),
    logId: { keyId: authorities[0]!.logID },
    kindVersion: { kind: '', version: '' },
    integratedTime: '0',
    inclusionPromise: undefined,
    inclusionProof: {
      logIndex: String(leafIndex),
      rootHash: Buffer.alloc(0),
      treeSize: '0',
      hashes: [...proof],
      checkpoint: { envelope: checkpoint },
    },
    canonicalizedBody: entry,
  };
  try {
    verifyMerkleInclusion(claimed, verifyCheckpoint(claimed, authorities));
    return true;
  } catch (error) {
    if ((error as Error).name === 'VerificationError') return false;
    throw error;
  }
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 0x01;
  return copy;
}

describe('the verifier of Sigstore', () => {
  it('accepts each entry under our signed checkpoint at every size up to 48', async () => {
    const refused: string[] = [];
    for (let treeSize = 1; treeSize <= 48; treeSize += 1) {
      for (let leafIndex = 0; leafIndex < treeSize; leafIndex += 1) {
        const claim = await claimOf(leafIndex, treeSize);
        if (!isAcceptedBySigstore(claim)) refused.push(`${leafIndex} of ${treeSize}`);
      }
    }
    expect(refused).toEqual([]);
  });

  it.each([255, 256, 257, 1_023, 1_024, 1_025, 1_030])(
    'accepts the first, a middle and the last entry of %i',
    async (treeSize) => {
      for (const leafIndex of [0, Math.floor(treeSize / 3), treeSize - 1]) {
        expect(isAcceptedBySigstore(await claimOf(leafIndex, treeSize))).toBe(true);
      }
    },
  );

  it('opens a checkpoint that witnesses cosigned, whichever line comes first', async () => {
    const claim = await claimOf(7, 300);
    const { text, signatures } = splitNote(claim.checkpoint);
    const cosignature = cosignCheckpoint(text, witness, 1_700_000_000);
    const cosigned = addSignatures(claim.checkpoint, [cosignature]);
    const reversed = `${text}\n${[cosignature, ...signatures].map(formatSignature).join('')}`;
    for (const checkpoint of [cosigned, reversed]) {
      expect(isAcceptedBySigstore({ ...claim, checkpoint })).toBe(true);
    }
  });

  it('refuses our checkpoint with any byte of its text or signature flipped', async () => {
    const claim = await claimOf(5, 11);
    const { text, signatures } = splitNote(claim.checkpoint);
    const signed = signatures[0]!;
    const lines = signatures.map(formatSignature).join('');
    const bytes = Buffer.from(text);
    const broken = [
      ...[...bytes.keys()].map((at) => `${flipped(bytes, at).toString()}\n${lines}`),
      ...[...signed.signature.keys()].map(
        (at) =>
          `${text}\n${formatSignature({ ...signed, signature: flipped(signed.signature, at) })}`,
      ),
    ];
    expect(broken.length).toBeGreaterThan(64);
    expect(broken.filter((checkpoint) => isAcceptedBySigstore({ ...claim, checkpoint }))).toEqual(
      [],
    );
  });

  it('refuses our proof with any byte of a hash or of the entry flipped, and at another place', async () => {
    const claim = await claimOf(5, 11);
    const broken: Claim[] = [
      ...[...claim.entry.keys()].map((at) => ({ ...claim, entry: flipped(claim.entry, at) })),
      ...claim.proof.flatMap((hash, place) =>
        [...hash.keys()].map((at) => ({
          ...claim,
          proof: claim.proof.with(place, flipped(hash, at)),
        })),
      ),
      { ...claim, proof: claim.proof.slice(1) },
      ...Array.from({ length: 12 }, (_, leafIndex) => ({ ...claim, leafIndex })).toSpliced(5, 1),
    ];
    expect(claim.proof).toHaveLength(4);
    expect(broken.filter(isAcceptedBySigstore)).toEqual([]);
  });

  it('refuses a checkpoint that another key signed', async () => {
    const stranger = new TestLog(newSigner('bank.example/ledger')).growTo(11);
    const claim = { ...(await claimOf(5, 11)), checkpoint: stranger.checkpoint() };
    expect(isAcceptedBySigstore(claim)).toBe(false);
  });
});

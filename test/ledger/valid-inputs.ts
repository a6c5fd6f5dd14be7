import { sign } from 'node:crypto';

import {
  addSignatures,
  bundleFiles,
  bundleFormat,
  canonicalJson,
  cosignCheckpoint,
  digestOf,
  entriesFile,
  foldHashes,
  formatCheckpoint,
  formatCompletenessProof,
  formatProofFile,
  formatRange,
  formatSignature,
  formatTarFile,
  formatVerifierKey,
  type HashSource,
  indexCommittedType,
  type IndexedKey,
  indexKeyHash,
  manifestText,
  noteKeyId,
  type NoteSigner,
  proofFileName,
  proveInclusion,
  proveKey,
  receiptText,
  sha256,
  signNote,
  subtrieOf,
  tarEnd,
} from '../../src/ledger/index.js';
import { newSigner, verifierOf } from './tree/keys.js';
import { makeLog } from './verification/published-fixture.js';

/** A small log and everything that is ever read of one, each as whoever wrote it would write it. */
export const log = newSigner('log.example/ledger');
export const witness = newSigner('witness.example/north');
export const trust = { logs: [verifierOf(log)], witnesses: [verifierOf(witness, 'cosignature')] };
export const recordedAt = '2026-01-02T03:04:05.678Z';

export const logKey = formatVerifierKey(log.name, log.publicKeyBytes);
export const witnessKey = formatVerifierKey(witness.name, witness.publicKeyBytes, 'cosignature');
export const witnessPolicy = `log ${logKey}
witness north ${witnessKey} https://witness.example
group any-of-them 1 north
quorum any-of-them
`;

export const eventOf = (id: string, more: object = {}): string =>
  canonicalJson({
    ...{ actor: { id: 'a1' }, case: null, id, origin: { requestId: 'r1' }, outcome: 'success' },
    ...{ recordedAt, subject: 'ada', type: 'test.noted', v: 1 },
    ...more,
  });

const key = { kind: 'subject', id: 'ada' } as const;
const [first] = makeLog([eventOf('e0')]).leafHashes;
const indexed: IndexedKey = { keyHash: indexKeyHash(key), events: 1, digest: digestOf([first!]) };
const committed = { keys: 1, rootHash: subtrieOf([indexed]).root.toString('base64'), treeSize: 1 };
export const commitment = eventOf('e1', {
  ...{ detail: committed, subject: null, type: indexCommittedType },
});
const made = makeLog([eventOf('e0'), commitment, eventOf('e2', { subject: 'bob' })]);
export const { entries, leafHashes, rootHash } = made;
const treeSize = entries.length;

const source: HashSource = (subtrees) =>
  Promise.resolve(
    subtrees.map(({ level, index }) =>
      foldHashes(Buffer.concat(leafHashes.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    ),
  );
const proofOf = (leafIndex: number) => proveInclusion(leafIndex, treeSize, source);

/** A signature over any text at all: what a log would not sign is to be refused by itself. */
export function signAnything(text: string, signer: NoteSigner = log): string {
  const { name, publicKeyBytes, privateKey } = signer;
  const signature = sign(null, Buffer.from(text), privateKey);
  return `${text}\n${formatSignature({ name, keyId: noteKeyId(name, publicKeyBytes), signature })}`;
}

export const checkpointText = formatCheckpoint({ origin: log.name, treeSize, rootHash });
const cosignature = cosignCheckpoint(checkpointText, witness, 1_700_000_000);
export const signatureLine = formatSignature(cosignature).trimEnd();
export const checkpoint = addSignatures(signNote(checkpointText, [log]), [cosignature]);

export const proofFile = formatProofFile({
  ...{ leafIndex: 0, proof: await proofOf(0), checkpoint, extra: entries[0]! },
});

const proven = async (leafIndex: number) => ({
  ...{ leafIndex, entry: entries[leafIndex]!, inclusionProof: await proofOf(leafIndex) },
});
export const completeness = JSON.stringify(
  formatCompletenessProof({
    ...{ key, checkpoint, entries: [await proven(0)], commitment: await proven(1) },
    indexProof: proveKey(indexed.keyHash, [indexed]),
  }),
);

const promised = sha256(eventOf('e0')).toString('base64');
const signed = receiptText(log.name, { id: 'e0', hash: promised, recordedAt });
export const receipt = JSON.stringify({
  ...{ eventId: 'e0', eventHash: promised, recordedAt, origin: log.name },
  keyId: noteKeyId(log.name, log.publicKeyBytes).toString('hex'),
  signature: sign(null, Buffer.from(signed), log.privateKey).toString('base64'),
});

const period = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
export const range = JSON.stringify(
  formatRange({ ...period, start: 0, end: treeSize, frontier: [], consistencyProof: [] }),
);

export const endedLog = JSON.stringify({
  ...{ v: 1, origin: log.name, treeSize, rootHash: rootHash.toString('base64'), vkeys: [logKey] },
  ...{ checkpoint, successor: 'log.example/ledger-2' },
});
export const faults = JSON.stringify({
  v: 1,
  faults: [{ kind: 'event_changed', leafIndex: 1, eventId: null, object: null }],
});
export const pruning = eventOf('e0', {
  ...{ type: 'ledger.pruned', subject: null },
  detail: {
    origin: log.name,
    from: 0,
    to: 256,
    root: rootHash.toString('base64'),
    archiveDigest: promised,
  },
});

export type Files = Readonly<Record<string, string>>;
export type BundleKind = 'period' | 'subject';

const asked: Readonly<Record<BundleKind, { criteria: object; count: number; files: Files }>> = {
  period: {
    criteria: { kind: 'period', ...period },
    count: treeSize,
    files: {
      [bundleFiles.checkpoint]: checkpoint,
      [bundleFiles.range]: range,
      [entriesFile(0)]: entries.map((entry) => `${entry.toString()}\n`).join(''),
    },
  },
  subject: {
    criteria: key,
    count: 1,
    files: {
      [bundleFiles.checkpoint]: checkpoint,
      [bundleFiles.completeness]: completeness,
      [proofFileName(0)]: proofFile,
    },
  },
};

/** All files of a bundle, some of them as given; what vouches for them vouches for those. */
export function filesOf(kind: BundleKind, given: Files = {}): Files {
  const { criteria, count, files } = asked[kind];
  const { manifest, manifestNote } = bundleFiles;
  const { [manifest]: ownManifest, [manifestNote]: ownNote, ...told } = { ...files, ...given };
  const text = ownManifest ?? manifestOf(criteria, count, told);
  const note = ownNote ?? signAnything(manifestText('x1', sha256(text)));
  return { ...told, [manifest]: text, [manifestNote]: note };
}

function manifestOf(criteria: object, count: number, files: Files): string {
  return JSON.stringify({
    ...{ format: bundleFormat, exportId: 'x1', createdAt: recordedAt, criteria },
    ...{ origin: log.name, treeSize, rootHash: rootHash.toString('base64') },
    counts: { entries: count, matching: count, withheld: 0 },
    policy: { version: 'export@1', digest: '00' },
    files: Object.entries(files).map(([name, content]) => ({
      ...{ name, bytes: Buffer.byteLength(content), sha256: sha256(content).toString('hex') },
    })),
  });
}

export function tapeOf(files: Files): Buffer {
  const tapes = Object.entries(files).map(([name, content]) =>
    formatTarFile(name, Buffer.from(content), new Date(recordedAt)),
  );
  return Buffer.concat([...tapes, tarEnd]);
}

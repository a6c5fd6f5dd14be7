import { AssertionError } from 'node:assert';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { CheckpointSigner, SignerRefusal } from '../../src/ledger/checkpoint-signer.js';
import { assertNothingSensitive } from '../../src/ledger/event-net.js';
import {
  ArchiveDamaged,
  BundleError,
  canonicalJson,
  CanonicalJsonError,
  type Checkpoint,
  CheckpointError,
  commitmentOf,
  CompletenessError,
  type CompletenessProof,
  decodeBase64,
  EntryBundleError,
  type EntryRange,
  formatCheckpoint,
  formatCompletenessProof,
  formatEntryBundle,
  formatProofFile,
  formatRange,
  formatSignature,
  formatTilePath,
  formatVerifierKey,
  isEntryAt,
  keysOfEvent,
  LedgerArchive,
  loadWitnessSettings,
  noPreviousLeafHash,
  type NoteSignature,
  type NoteVerifier,
  openCheckpoint,
  openCommitment,
  parseBucket,
  parseCheckpoint,
  parseCommandLine,
  parseCompletenessProof,
  parseEntryBundle,
  parseManifest,
  parseProofFile,
  parseRange,
  parseReceipt,
  parseSignature,
  parseTilePath,
  parseVerifierKey,
  parseWitnessPolicy,
  ProofError,
  ProofFileError,
  readPrunings,
  readTar,
  readThrough,
  ReceiptError,
  sha256,
  SignedNoteError,
  type SplitNote,
  splitNote,
  TilePathError,
  UsageError,
  verifyBundle,
  verifyCompletenessProof,
  type VerifiedState,
  VerifiedStateError,
  verifyProofFile,
  verifyPublishedLog,
  verifyReceiptKept,
  Witness,
  WitnessPolicyError,
  WitnessStore,
} from '../../src/ledger/index.js';
import { isRecord } from '../../src/ledger/foreign-json.js';
import { claimedOrigin } from '../../src/ledger/origin/claimed-origin.js';
import { EndedLogError, EndedLogStore } from '../../src/ledger/origin/ended-log.js';
import { parseLine } from '../../src/ledger/verification/bundle-range.js';
import { TarError } from '../../src/ledger/verification/tar.js';
import {
  formatVerifiedState,
  parseVerifiedState,
} from '../../src/ledger/verification/verified-state.js';
import { examineEvent } from '../../src/ledger/verification/verify-event.js';
import { reportOnProof } from '../../src/ledger/verification/verify-proof.js';
import { eventTextOf } from '../../src/ledger/verification/verify-receipt.js';
import { FaultBook, FaultBookError } from '../../src/ledger/watch/fault-book.js';
import {
  AddCheckpointError,
  formatAddCheckpoint,
  parseAddCheckpoint,
  sizeOf,
} from '../../src/ledger/witness/add-checkpoint.js';
import { type Config, FileKeyStore } from '../../src/platform/index.js';
import { checkErrors, checkForm, ofBytes, ofJson, type Parser } from './parser-check.js';
import { verifierOf } from './tree/keys.js';
import {
  type BundleKind,
  checkpoint,
  checkpointText,
  commitment,
  completeness,
  endedLog,
  entries,
  eventOf,
  faults,
  filesOf,
  leafHashes,
  log,
  logKey,
  proofFile,
  pruning,
  range,
  receipt,
  recordedAt,
  rootHash,
  signAnything,
  signatureLine,
  tapeOf,
  trust,
  witness,
  witnessKey,
  witnessPolicy,
} from './valid-inputs.js';
import { eventsOf, makeLog, writeLog } from './verification/published-fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'probity-parsers-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Has a text stand in a file, and reads that. */
function inFile<T>(path: string, read: (path: string) => T): (content: string | Buffer) => T {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  return (content) => {
    writeFileSync(file, content);
    return read(file);
  };
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 700) {
    yield await Promise.resolve(bytes.subarray(at, at + 700));
  }
}

async function filesIn(tape: Buffer): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of readTar(chunksOf(tape), 100_000)) names.push(name);
  return names;
}

/** A log whose first tile is full, and what somebody remembers of it. */
const published = makeLog(eventsOf(300));
const publishedAt = { kind: 'directory', at: join(folder, 'published') } as const;
writeLog(publishedAt.at, published, log);
const verifyFrom = (from: VerifiedState | null) =>
  verifyPublishedLog({ location: publishedAt, trust, from });
const remembered = formatVerifiedState((await verifyFrom(null)).verified!);

/** Any file of a log that is published. */
function resourcesOfLog(): Parser[] {
  const at = join(folder, 'resources');
  writeLog(at, { entries, leafHashes, rootHash }, log);
  return ['checkpoint', 'tile/0/000.p/3', 'tile/entries/000.p/3'].map((path) => {
    const valid = readFileSync(join(at, path));
    const own = join('resources-of', path.replaceAll('/', '-'));
    writeLog(join(folder, own), { entries, leafHashes, rootHash }, log);
    const location = { kind: 'directory', at: join(folder, own) } as const;
    const verify = inFile(join(own, path), () => verifyPublishedLog({ location, trust }));
    return [`a published log with the file ${path}`, ofBytes(verify), [], latin1(valid)];
  });
}

/** Any file of a bundle whose manifest vouches for it. */
function filesOfBundle(kind: BundleKind): Parser[] {
  return Object.entries(filesOf(kind)).map(([name, valid]) => {
    const verify = (content: string) =>
      verifyBundle({ chunks: chunksOf(tapeOf(filesOf(kind, { [name]: content }))), trust });
    return [`a bundle of a ${kind} with the file ${name}`, verify, [], valid];
  });
}

const noteErrors = [SignedNoteError, CheckpointError];
const logs = trust.logs;

const open = (note: string) => openCheckpoint(note, trust);
const latin1 = (bytes: Buffer): string => bytes.toString('latin1');
const formatKey = ({ name, publicKeyBytes, type }: NoteVerifier): string =>
  formatVerifierKey(name, publicKeyBytes, type);
const formatLine = (signature: NoteSignature): string => formatSignature(signature).slice(0, -1);
const formatNote = ({ text, signatures }: SplitNote): string =>
  [text, '\n', ...signatures.map(formatSignature)].join('');
const formatHead = (head: Checkpoint): string =>
  [formatCheckpoint(head), ...head.extensions.map((line) => `${line}\n`)].join('');
const firstEntry = entries[0]?.toString() ?? '';
const isFirst = (entry: Buffer): boolean => isEntryAt(entry, 0, noPreviousLeafHash);
const entryBundle = latin1(formatEntryBundle(entries));
const parseThree = (bundle: Buffer): Buffer[] => parseEntryBundle(bundle, 3);
const formatThree = (read: readonly Buffer[]): string => latin1(formatEntryBundle(read));
const formatCompleteness = (proof: CompletenessProof): string =>
  JSON.stringify(formatCompletenessProof(proof));
const verifyComplete = (value: unknown) =>
  verifyCompletenessProof(parseCompletenessProof(value), { origin: log.name, verifiers: logs });
const openSecond = (entry: string) => openCommitment({ entry: Buffer.from(entry), leafIndex: 1 });
const verifyProof = (file: string) => verifyProofFile(parseProofFile(file), entries[0]!, trust);
const reportProof = (file: string) =>
  reportOnProof({ file, trust, receipts: [parseReceipt(receipt)] });
const keepReceipt = (text: string) => verifyReceiptKept(parseReceipt(text), proofFile, trust);
const verifyTape = (tape: Buffer) => verifyBundle({ chunks: chunksOf(tape), trust });

const tree: readonly Parser[] = [
  ['base64', decodeBase64, [], 'AQID', (bytes: Buffer) => bytes.toString('base64')],
  ['a verifier key', parseVerifierKey, [SignedNoteError], logKey, formatKey],
  ['a signature line', parseSignature, [SignedNoteError], signatureLine, formatLine],
  ['a signed note', splitNote, [SignedNoteError], checkpoint, formatNote],
  ['a checkpoint', parseCheckpoint, [CheckpointError], checkpointText, formatHead],
  ['a checkpoint that is opened', open, noteErrors, checkpoint],
  ['whatever a log signs', (text) => open(signAnything(text)), noteErrors, checkpointText],
  ['a witness policy', parseWitnessPolicy, [WitnessPolicyError], witnessPolicy],
  ['the path of a tile', parseTilePath, [TilePathError], 'tile/0/x001/067.p/8', formatTilePath],
  ['a bundle of entries', ofBytes(parseThree), [EntryBundleError], entryBundle, formatThree],
  ['an entry', ofBytes(isFirst), [], firstEntry],
  ['a proof file', parseProofFile, [ProofFileError], proofFile, formatProofFile],
  ['what becomes canonical JSON', ofJson(canonicalJson), [CanonicalJsonError], eventOf('e0')],
];

const verification: readonly Parser[] = [
  ['a receipt', parseReceipt, [ReceiptError], receipt, JSON.stringify],
  ['a receipt that is held against a proof', keepReceipt, [ReceiptError], receipt],
  [
    'a manifest',
    parseManifest,
    [BundleError],
    filesOf('period')['manifest.json'] ?? '',
    JSON.stringify,
  ],
  [
    'a range',
    parseRange,
    [BundleError],
    range,
    (read: EntryRange) => JSON.stringify(formatRange(read)),
  ],
  ['a line of a bundle', (line) => parseLine(Buffer.from(line)), [BundleError], firstEntry],
  ['the event in an entry', (entry) => eventTextOf(Buffer.from(entry)), [ReceiptError], firstEntry],
  [
    'a proof of completeness',
    ofJson(parseCompletenessProof),
    [CompletenessError],
    completeness,
    formatCompleteness,
  ],
  [
    'a proof of completeness that is verified',
    ofJson(verifyComplete),
    [CompletenessError, ...noteErrors],
    completeness,
  ],
  [
    'the entry of an index commitment',
    openSecond,
    [CompletenessError],
    entries[1]?.toString() ?? '',
  ],
  [
    'the event of an index commitment',
    ofJson((event) => isRecord(event) && commitmentOf(event)),
    [],
    commitment,
  ],
  [
    'the keys of an event',
    ofJson((event) => isRecord(event) && keysOfEvent(event)),
    [],
    eventOf('e0'),
  ],
  [
    'a proof file that is verified',
    verifyProof,
    [ProofFileError, ProofError, ...noteErrors],
    proofFile,
  ],
  ['a proof file that is reported on', reportProof, [], proofFile],
  ['a tape archive', ofBytes(filesIn), [TarError], latin1(tapeOf(filesOf('subject')))],
  ['a bundle', ofBytes(verifyTape), [], latin1(tapeOf(filesOf('period')))],
  ...filesOfBundle('period'),
  ...filesOfBundle('subject'),
  ['a remembered state', parseVerifiedState, [VerifiedStateError], remembered, formatVerifiedState],
  [
    'a log from a remembered state on',
    (text) => verifyFrom(parseVerifiedState(text)),
    [VerifiedStateError],
    remembered,
  ],
  ...resourcesOfLog(),
];

const keys = await FileKeyStore.open({
  ...{ directory: join(folder, 'keys'), masterKey: null, production: false },
});
const [logSigner] = keys.signingKeys('log').map((key) => ({ ...key, name: log.name }));
const archiveKeys = { origin: log.name, keys, verifiers: [verifierOf(logSigner!)] };
const archived = makeLog(eventsOf(256));
const archivedBundle = formatEntryBundle(archived.entries);
const tilePath = 'tile/entries/000';

const context = `probity-archive/v1\n${log.name}\n${tilePath}`;
const sealed = (bundle: Buffer): Buffer => keys.seal('ledger-archive', bundle, context);

/** Signed by the log, whatever it says. */
const signManifest = (text: string): string =>
  signAnything(`probity-archive/v1\n${text}\n`, logSigner);
const manifestOver = (tile: Buffer): string =>
  JSON.stringify({
    ...{ format: 'probity-archive/v1', origin: log.name, from: 0, to: 256, frontier: [] },
    previousLeafHash: noPreviousLeafHash.toString('base64'),
    before: null,
    root: archived.rootHash.toString('base64'),
    checkpoint: signAnything(
      formatCheckpoint({ origin: log.name, treeSize: 256, rootHash: archived.rootHash }),
      logSigner,
    ),
    consistency: [],
    files: [{ path: tilePath, sha256: sha256(tile).toString('base64') }],
  });

/** An archive of one tile, read to its end. */
const readArchive = (tile: Buffer, manifest: string): Promise<Buffer[]> => {
  inFile(join('archive', tilePath), (path) => path)(tile);
  return inFile('archive/manifest', async (path) => {
    const archive = await LedgerArchive.open(dirname(path), archiveKeys);
    await archive?.verify();
    const read: Buffer[] = [];
    for await (const entry of archive?.entries() ?? []) read.push(entry);
    return read;
  })(manifest);
};
const soundTile = sealed(archivedBundle);
const soundManifest = manifestOver(soundTile);
const readNote = (note: string) => readArchive(soundTile, note);
const readManifest = (text: string) => readArchive(soundTile, signManifest(text));
const readBundle = (bundle: Buffer) => {
  const tile = sealed(bundle);
  return readArchive(tile, signManifest(manifestOver(tile)));
};

const ended = new EndedLogStore(folder);
const witnessStore = new WitnessStore(join(folder, 'witness'));
await witnessStore.prepare([log.name]);
const theWitness = new Witness({ signer: witness, logs, store: witnessStore, now: () => 1 });
const witnessFile = join('kept', 'logs', sha256(log.name).toString('hex'), '0');
const addCheckpoint = formatAddCheckpoint({ oldSize: 0, proof: [], note: checkpoint });

/** A row as whoever may write to the database makes it: with the right hash. */
const examineStored = (event: string) => ({
  damage: examineEvent(
    {
      ...{ id: 'e0', event, event_hash: sha256(event), mac: null, type: 'test.noted' },
      ...{ actor_id: 'a1', subject_ref: 'ada', case_id: null, outcome: 'success' },
      ...{ request_id: 'r1', recorded_at: new Date(recordedAt) },
    },
    null,
  ),
});
const rowsOf = (row: object) => readThrough({ query: () => Promise.resolve([row]) });

const option = (name: string) =>
  inFile(`option-${name}`, (path) => parseCommandLine([`--${name}`, path]));

const endedFile = relative(folder, join(ended.directoryOf('a'), 'log.json'));
const findEnded = inFile(endedFile, () => ended.find('a'));
const loadFaults = inFile('faults', (path) => new FaultBook(path).load());
const recall = inFile('memory', (path) =>
  new CheckpointSigner(keys, log.name, { path }).lastSigned(),
);
const recallWitness = inFile(witnessFile, () =>
  new WitnessStore(join(folder, 'kept')).latest(log.name),
);
const commandLine = `bundle\n--key\n${logKey}\n--minimum-index\n512\n--json`;
const settingsIn = inFile('policy', (witnessPolicyFile) =>
  loadWitnessSettings({
    witnessPolicyFile,
    witnessTimeoutMilliseconds: 1,
    logOrigin: log.name,
  } as Config),
);
const enter = (value: unknown) => {
  assertNothingSensitive('test.noted', value);
};
const readPruned = (event: string) =>
  readPrunings(rowsOf({ id: 'e0', event, leaf_index: '900' }), log.name);

const stored: readonly Parser[] = [
  ['the manifest of an archive', readNote, [ArchiveDamaged], signManifest(soundManifest)],
  ['a manifest that the log has signed', readManifest, [ArchiveDamaged], soundManifest],
  ['a bundle of an archive', ofBytes(readBundle), [ArchiveDamaged], latin1(archivedBundle)],
  ['what is kept of a log that ended', findEnded, [EndedLogError], endedLog, JSON.stringify],
  ['the open faults', loadFaults, [FaultBookError], faults],
  ["the signer's memory", recall, [SignerRefusal], signAnything(checkpointText, logSigner)],
  ['the origin that a note claims', claimedOrigin, [], checkpoint],
  ["a witness's memory", recallWitness, noteErrors, checkpoint],
  [
    'a request to a witness',
    parseAddCheckpoint,
    [AddCheckpointError],
    addCheckpoint,
    formatAddCheckpoint,
  ],
  ['a request that a witness answers', (body) => theWitness.addCheckpoint(body), [], addCheckpoint],
  ['a size', sizeOf, [], '1700', String],
  ['a command line', (text) => parseCommandLine(text.split('\n')), [UsageError], commandLine],
  ['a file of keys', option('keys'), [UsageError], `# ours\n${logKey}\n${witnessKey}\n`],
  ['a file of a policy', option('witness-policy'), [UsageError], witnessPolicy],
  ['a file of a receipt', option('receipt'), [UsageError], receipt],
  ['the policy of a service', settingsIn, [WitnessPolicyError], witnessPolicy],
  ['a bucket', parseBucket, [], 's3://bucket/some/prefix'],
  ['an event in the database', examineStored, [], eventOf('e0')],
  ['a pruning in the database', readPruned, [], pruning],
  ['a value that becomes an event', ofJson(enter), [AssertionError], eventOf('e0')],
];

const parsers = [...tree, ...verification, ...stored];
const runs = 200;

const named = parsers.map((parser) => [parser[0], parser] as const);

it('begins from what is sound, so that what is changed comes far', async () => {
  expect((await verifyTape(tapeOf(filesOf('period')))).damages).toEqual([]);
  expect((await verifyTape(tapeOf(filesOf('subject')))).damages).toEqual([]);
  expect((await verifyFrom(parseVerifiedState(remembered))).damages).toEqual([]);
  expect(reportProof(proofFile).damages).toEqual([]);
  expect(examineStored(eventOf('e0')).damage).toBeNull();
  expect(await readPruned(pruning)).toHaveLength(1);
  expect(await readNote(signManifest(soundManifest))).toEqual(archived.entries);
});

describe.each(named)('%s', (_, parser) => {
  it('is read where it is valid', async () => {
    const [, parse, , valid] = parser;
    expect(await parse(valid)).not.toBeNull();
  });

  it('is refused with no error but its own', async () => {
    await checkErrors(parser, runs);
  });
});

describe.each(named.filter(([, [, , , , format]]) => format))('%s, once accepted,', (_, parser) => {
  it('is written again as it was read', async () => {
    await checkForm(parser, runs);
  });
});

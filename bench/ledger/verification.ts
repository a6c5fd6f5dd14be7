import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

import {
  foldHashes,
  formatCheckpoint,
  formatEntry,
  formatEntryBundle,
  formatTilePath,
  formatVerifierKey,
  leafHash,
  noPreviousLeafHash,
  rootOf,
  appendLeaves,
  emptyFrontier,
  signNote,
  tileWidth,
} from '../../src/ledger/tree/index.js';
import { FileKeyStore, serviceActor, SystemIdSource } from '../../src/platform/index.js';
import { median } from '../percentile.js';
import type { Figures } from '../report.js';
import { draft, newRecorder, origin } from './ground.js';

const tilesMeasured = 16_384;
const tilesFew = 1_024;
const rounds = 7;

/**
 * Verifies a published log from its folder, on all cores, against the bare SHA-256 calls that its
 * entries cost, on as many threads.
 */
export async function runVerification(): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'probity-bench-log-'));
  try {
    const keys = await openKeys(folder);
    const few = await publish(join(folder, 'few'), tilesFew, keys);
    const log = await publish(join(folder, 'log'), tilesMeasured, keys);
    const logKey = verifierKeyOf(keys);
    // Else the system writes gigabytes out while the clock runs.
    await promisify(execFile)('sync');
    const [verified, small, bare]: [Verified[], Verified[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await measureBare(log));
      verified.push(await measureVerification(log, logKey));
      small.push(await measureVerification(few, logKey));
    }
    const ratios = verified.map(({ rate }, round) => rate / (bare[round] ?? rate));
    return {
      'bytes per entry': Math.round(log.entryBytes),
      [`bare SHA-256 calls, entries/s, ${availableParallelism()} threads`]: Math.round(
        median(bare),
      ),
      [`verified from tiles, entries/s, ${log.entries} entries`]: Math.round(
        median(verified.map(({ rate }) => rate)),
      ),
      'verified / bare': median(ratios),
      [`peak memory of the process, MB, ${few.entries} entries`]: most(small),
      [`peak memory of the process, MB, ${log.entries} entries`]: most(verified),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Published {
  readonly at: string;
  readonly entries: number;
  readonly entryBytes: number;
}

function openKeys(folder: string): Promise<FileKeyStore> {
  const directory = join(folder, 'keys');
  return FileKeyStore.open({ directory, masterKey: null, production: false });
}

/** Full tiles only, below one that is not: as many entries as make no edge at the leaves. */
async function publish(at: string, tiles: number, keys: FileKeyStore): Promise<Published> {
  const text = await eventText(keys);
  let previous: Buffer = noPreviousLeafHash;
  let bytes = 0;
  let row: Buffer[] = [];
  for (let index = 0; index < tiles; index += 1) {
    const entries = Array.from({ length: tileWidth }, (_, place) => {
      const entry = formatEntry(index * tileWidth + place, previous, text);
      previous = leafHash(entry);
      return { entry, hash: previous };
    });
    bytes += entries.reduce((sum, { entry }) => sum + entry.length, 0);
    const hashes = Buffer.concat(entries.map(({ hash }) => hash));
    const bundle = formatEntryBundle(entries.map(({ entry }) => entry));
    await write(at, { level: 'entries', index, width: tileWidth }, bundle);
    await write(at, { level: 0, index, width: tileWidth }, hashes);
    row.push(foldHashes(hashes));
  }
  const rootHash = rootOf(appendLeaves(emptyFrontier, row));
  for (let level = 1; row.length > 0; level += 1) row = await writeLevel(at, level, row);
  const treeSize = tiles * tileWidth;
  const checkpoint = formatCheckpoint({ origin, treeSize, rootHash });
  await writeFile(
    join(at, 'checkpoint'),
    signNote(checkpoint, [{ name: origin, ...logKeyOf(keys) }]),
  );
  return { at, entries: treeSize, entryBytes: bytes / treeSize };
}

function logKeyOf(keys: FileKeyStore): ReturnType<FileKeyStore['signingKeys']>[number] {
  const [key] = keys.signingKeys('log');
  if (!key) throw new Error('The key store has no key for the log');
  return key;
}

function verifierKeyOf(keys: FileKeyStore): string {
  return formatVerifierKey(origin, logKeyOf(keys).publicKeyBytes);
}

async function eventText(keys: FileKeyStore): Promise<string> {
  const actor = serviceActor('bench', new SystemIdSource().random());
  const context = { actor, now: new Date(), outcome: 'success', problem: null } as const;
  // No personal detail, so that no database is asked for a key.
  const record = newRecorder({ keys }).record({ ...context, manager: null as never }, draft());
  return (await record).event;
}

/** Answers the roots of the full tiles: the hashes of the level above. */
async function writeLevel(at: string, level: number, row: readonly Buffer[]): Promise<Buffer[]> {
  const above: Buffer[] = [];
  for (let index = 0; index * tileWidth < row.length; index += 1) {
    const hashes = Buffer.concat(row.slice(index * tileWidth, (index + 1) * tileWidth));
    const width = Math.min(tileWidth, row.length - index * tileWidth);
    await write(at, { level, index, width }, hashes);
    if (width === tileWidth) above.push(foldHashes(hashes));
  }
  return above;
}

async function write(
  at: string,
  tile: Parameters<typeof formatTilePath>[0],
  bytes: Buffer,
): Promise<void> {
  const path = join(at, formatTilePath(tile));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

interface Verified {
  /** Entries per second. */
  readonly rate: number;
  /** The most memory that the process held. */
  readonly megabytes: number;
}

const most = (verified: readonly Verified[]): number =>
  Math.round(Math.max(...verified.map(({ megabytes }) => megabytes)));

async function measureVerification(log: Published, logKey: string): Promise<Verified> {
  const program = join(import.meta.dirname, 'verify-process.js');
  const { stdout } = await promisify(execFile)(process.execPath, [program, log.at, logKey]);
  const { isSound, treeSize, seconds, megabytes } = JSON.parse(stdout) as Record<string, number>;
  if (!isSound || treeSize !== log.entries) throw new Error('A sound log was found damaged');
  return { rate: log.entries / Number(seconds), megabytes: Number(megabytes) };
}

/** Entries per second; the threads stand ready before the time begins, as hashing alone is measured. */
async function measureBare(log: Published): Promise<number> {
  const tiles = Math.floor(log.entries / tileWidth / availableParallelism());
  const workerData = { tiles, entryBytes: Math.round(log.entryBytes) };
  const program = new URL('./hash-worker.js', import.meta.url);
  const workers = Array.from(
    { length: availableParallelism() },
    () => new Worker(program, { workerData }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const started = performance.now();
  await Promise.all(
    workers.map((worker) => {
      worker.postMessage('hash');
      return once(worker, 'message');
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return (tiles * tileWidth * workers.length) / seconds;
}

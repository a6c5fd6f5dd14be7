import { hashSourceOf, type Queryable } from '../log-reader.js';
import { LogTiles } from '../log-tiles.js';
import { prunedSize, readPrunings } from '../retention/prunings.js';
import {
  type Checkpoint,
  CheckpointError,
  formatTilePath,
  parseCheckpoint,
  ProofError,
  proveConsistency,
  SignedNoteError,
  splitNote,
  type Tile,
  tileOf,
  tileWidth,
  verifyConsistency,
} from '../tree/index.js';
import type { PublishedCheckpoint } from '../witness/published-checkpoints.js';
import type { PublishedStore } from './published-store.js';

/** The log will not be published here: what stands there is not the beginning of it. */
export class PublicationRefused extends Error {
  override readonly name = 'PublicationRefused';
}

export interface LogToPublish {
  /** Of the reader role. */
  readonly connection: Queryable;
  readonly checkpoint: PublishedCheckpoint;
  readonly store: PublishedStore;
}

export interface Publication {
  readonly treeSize: number;
  /** Resources that were written, the checkpoint among them. */
  readonly written: number;
}

/** How many resources travel at once. */
const parallel = 16;

/**
 * Brings a published log up to a checkpoint: first every tile and bundle that this needs and that is
 * not there, then the checkpoint. Cut off anywhere, it leaves the earlier log whole, and the next
 * call goes on from there.
 *
 * @throws PublicationRefused where the log there is another, longer, or was given other bytes.
 */
export async function publishLog(log: LogToPublish): Promise<Publication> {
  const { checkpoint, store } = log;
  const note = Buffer.from(checkpoint.note);
  const there = await store.read('checkpoint');
  if (there?.equals(note)) return { treeSize: checkpoint.treeSize, written: 0 };
  const from = there ? await assertContinues(log, there.toString('utf8')) : 0;
  const { origin } = open(checkpoint.note);
  const pruned = prunedSize(await readPrunings(log.connection, origin));
  let written = 0;
  for (const tiles of batches(standingTiles(pruned, missingTiles(from, checkpoint.treeSize)))) {
    // Each is waited for, so that nothing is still being written when a failure is told.
    const ends = await Promise.allSettled(tiles.map((tile) => publishTile(log, tile)));
    for (const end of ends) {
      if (end.status === 'rejected') throw end.reason;
      if (end.value) written += 1;
    }
  }
  await store.replaceCheckpoint(note);
  return { treeSize: checkpoint.treeSize, written: written + 1 };
}

/** Answers the size that is published already. */
async function assertContinues(
  { connection, checkpoint }: LogToPublish,
  note: string,
): Promise<number> {
  const there = open(note);
  const { origin } = open(checkpoint.note);
  if (there.origin !== origin) {
    throw new PublicationRefused(`${there.origin} is published there, not ${origin}`);
  }
  if (there.treeSize > checkpoint.treeSize) {
    throw new PublicationRefused(
      `${there.treeSize} entries are published there; the log has ${checkpoint.treeSize}`,
    );
  }
  const [first, second] = [there.treeSize, checkpoint.treeSize];
  const statement = {
    ...{ first, second },
    ...{ firstRoot: there.rootHash, secondRoot: checkpoint.rootHash },
  };
  try {
    const proof = await proveConsistency(first, second, hashSourceOf(connection));
    verifyConsistency(statement, proof);
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw new PublicationRefused('What is published there is not the beginning of this log', {
      cause,
    });
  }
  return first;
}

function open(note: string): Checkpoint {
  try {
    return parseCheckpoint(splitNote(note).text);
  } catch (cause) {
    if (!(cause instanceof SignedNoteError || cause instanceof CheckpointError)) throw cause;
    throw new PublicationRefused('What is published there is no checkpoint', { cause });
  }
}

/** Everything that a tree of `to` entries has and one of `from` has not: full tiles, then the edge's. */
export function* missingTiles(from: number, to: number): Generator<Tile> {
  yield* missingOf('entries', from, to);
  for (let level = 0; to >= tileWidth ** level; level += 1) yield* missingOf(level, from, to);
}

/** Bundles below the pruned size have left the log for its archive (C2SP tlog-tiles, pruning). */
function* standingTiles(pruned: number, tiles: Iterable<Tile>): Generator<Tile> {
  for (const tile of tiles)
    if (tile.level !== 'entries' || tile.index * tileWidth >= pruned) yield tile;
}

function* missingOf(level: Tile['level'], from: number, to: number): Generator<Tile> {
  const known = Math.floor(from / tileWidth ** (level === 'entries' ? 0 : level));
  for (let index = Math.floor(known / tileWidth); ; index += 1) {
    const tile = tileOf(level, index, to);
    if (!tile) return;
    if (index * tileWidth + tile.width > known) yield tile;
  }
}

function* batches(tiles: Iterable<Tile>): Generator<Tile[]> {
  let batch: Tile[] = [];
  for (const tile of tiles) {
    batch.push(tile);
    if (batch.length < parallel) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Written once: what stands there already, from a run that was cut off, must be the same. */
async function publishTile(
  { connection, checkpoint, store }: LogToPublish,
  tile: Tile,
): Promise<boolean> {
  const path = formatTilePath(tile);
  const bytes = await new LogTiles(connection).read(tile, checkpoint.treeSize);
  if (!bytes) throw new Error(`The log lacks ${path}`);
  const there = await store.read(path);
  if (there?.equals(bytes)) return false;
  if (there) throw new PublicationRefused(`${path} is published there with other bytes`);
  await store.create(path, bytes);
  return true;
}

import {
  type CheckpointTrust,
  emptyRootHash,
  isQuorumReached,
  openCheckpoint,
  type OpenedCheckpoint,
  type Quorum,
  type Tile,
} from '../tree/index.js';
import { type CheckedIndex, IndexCheck } from '../completeness/index-check.js';
import type { Damage, DamageKind } from './damage.js';
import { type Examiners, examineHere, startExaminers } from './examiners.js';
import { firstHashes } from './examine-range.js';
import type { LogSource, TreeHead } from './log-source.js';
import { readEvents } from './published-events.js';
import { ReceiptCheck } from './receipt-check.js';
import { type LogLocation, openTileReader, readTile, type TileReader } from './tile-reader.js';
import type { VerifiedState } from './verified-state.js';
import type { KeptReceipt } from './verify-receipt.js';
import { type LogFindings, verifyLog } from './verify-log.js';

export interface PublishedLogToVerify {
  readonly location: LogLocation;
  /** The reader's own: a log that vouched for its own keys would prove nothing. */
  readonly trust: CheckpointTrust;
  /** How many witnesses must have cosigned; none where it is absent. */
  readonly quorum?: Quorum | undefined;
  /** What an earlier verification ended with. */
  readonly from?: VerifiedState | null;
  /** Promises of the log. */
  readonly receipts?: readonly KeptReceipt[];
  /** Whether to derive every commitment to the index anew as well, all keys in memory. */
  readonly isIndex?: boolean;
  /** The program of the threads to hash in; without it all is done in the calling one. */
  readonly workerProgram?: URL | undefined;
  readonly onProgress?: ((entries: number) => void) | undefined;
}

export interface PublishedLogVerification {
  readonly isSound: boolean;
  readonly damages: readonly Damage[];
  readonly origin: string | null;
  /** How far the log could be followed. */
  readonly treeSize: number;
  readonly rootHash: Buffer;
  /** Who cosigned the checkpoint, of the witnesses that are known. */
  readonly witnesses: readonly string[];
  /** Of what its events say; null where it was not asked for, or the log is not sound. */
  readonly content: LogContent | null;
  /** What the next verification may begin from; null where this one found damage. */
  readonly verified: VerifiedState | null;
}

/** What was found in a second pass over the events. */
export interface LogContent {
  readonly receipts: ReceiptCheck['facts'];
  readonly index: CheckedIndex | null;
}

/** Below so many entries, starting threads takes longer than hashing. */
const threadedEntriesMin = 50_000;

/**
 * Verifies a log from its published tiles alone (C2SP tlog-tiles): the signatures on its checkpoint,
 * and everything below that, recomputed from the entries.
 *
 * @throws LogUnreachable where the log cannot be read.
 */
export async function verifyPublishedLog(
  log: PublishedLogToVerify,
): Promise<PublishedLogVerification> {
  const read = openTileReader(log.location);
  const note = (await read('checkpoint'))?.toString('utf8') ?? null;
  if (note === null) return unsound(null, [damageOf('checkpoint_missing')]);
  const opened = tryOpen(note, log.trust);
  if (!opened) return unsound(null, [damageOf('checkpoint_forged')]);
  const { from } = log;
  if (from && from.origin !== opened.origin) return unsound(opened, [damageOf('origin_changed')]);
  // Rolled back: the log that was seen before is not the beginning of this one.
  if (from && opened.treeSize < from.log.treeSize) {
    return unsound(opened, [damageOf('log_truncated', opened.treeSize)]);
  }
  const findings = await verifyEntries(log, opened);
  const damages = [...quorumDamages(log, opened), ...unmetHead(findings, opened)];
  const verification = conclude(opened, note, {
    ...findings,
    damages: [...damages, ...findings.damages],
  });
  // Of a log that is not as it was signed, nothing more is asked.
  return verification.isSound ? examineContent(log, opened, verification) : verification;
}

/** A second pass, for which the first has shown that the events stand there. */
async function examineContent(
  { location, trust, receipts = [], isIndex = false }: PublishedLogToVerify,
  head: OpenedCheckpoint,
  verification: PublishedLogVerification,
): Promise<PublishedLogVerification> {
  if (receipts.length === 0 && !isIndex) return verification;
  const damages: Damage[] = [];
  const promises = new ReceiptCheck(receipts, trust.logs, (kind, where) => {
    damages.push({ kind, leafIndex: null, eventId: null, ...where });
  });
  const index = isIndex ? new IndexCheck() : null;
  for await (const { event, text, leafIndex, leafHash } of readEvents(location, head)) {
    const { id, recordedAt } = event;
    promises.see({ id: String(id), recordedAt: String(recordedAt), text, leafIndex });
    index?.add({ leafIndex, leafHash, event });
  }
  promises.finish(() => true);
  const content = { receipts: promises.facts, index: index?.finish() ?? null };
  damages.push(...(content.index?.damages ?? []));
  const isSound = damages.length === 0;
  const verified = isSound ? verification.verified : null;
  return { ...verification, isSound, damages, content, verified };
}

function tryOpen(note: string, trust: CheckpointTrust): OpenedCheckpoint | null {
  try {
    return openCheckpoint(note, trust);
  } catch {
    return null;
  }
}

async function verifyEntries(
  log: PublishedLogToVerify,
  { treeSize, rootHash }: OpenedCheckpoint,
): Promise<LogFindings> {
  const { location, workerProgram, from } = log;
  const isLarge = treeSize - (from?.log.treeSize ?? 0) >= threadedEntriesMin;
  const examiners =
    workerProgram && isLarge ? startExaminers(workerProgram, location) : examineHere(location);
  try {
    return await verifyLog({
      source: new PublishedLog(location, examiners, { treeSize, rootHash }),
      treeSize,
      from: from?.log ?? null,
      onProgress: log.onProgress,
    });
  } finally {
    await examiners.close();
  }
}

function quorumDamages(log: PublishedLogToVerify, opened: OpenedCheckpoint): Damage[] {
  const cosignedBy = opened.cosignatures.map(({ witness }) => witness);
  const isReached = !log.quorum || isQuorumReached(log.quorum, cosignedBy);
  return isReached ? [] : [damageOf('checkpoint_unwitnessed', opened.treeSize)];
}

/** Where no entry was left to read, its root was not met on the way: an empty log, or a known one. */
function unmetHead({ reached, heads }: LogFindings, head: OpenedCheckpoint): Damage[] {
  const isWrong = reached.treeSize === head.treeSize && !reached.rootHash.equals(head.rootHash);
  return isWrong && heads === 0 ? [damageOf('checkpoint_contradicted', head.treeSize)] : [];
}

function conclude(
  opened: OpenedCheckpoint,
  note: string,
  { damages, reached }: Pick<LogFindings, 'damages' | 'reached'>,
): PublishedLogVerification {
  const isSound = damages.length === 0 && reached.treeSize === opened.treeSize;
  const { treeSize, rootHash } = reached;
  const verified = isSound ? { origin: opened.origin, log: reached, checkpoint: note } : null;
  return { ...unsound(opened, damages), isSound, treeSize, rootHash, verified };
}

function unsound(
  opened: OpenedCheckpoint | null,
  damages: readonly Damage[],
): PublishedLogVerification {
  return {
    isSound: false,
    damages,
    origin: opened?.origin ?? null,
    treeSize: 0,
    rootHash: emptyRootHash,
    witnesses: opened?.cosignatures.map(({ witness }) => witness.name) ?? [],
    content: null,
    verified: null,
  };
}

function damageOf(kind: DamageKind, leafIndex: number | null = null): Damage {
  return { kind, leafIndex, eventId: null };
}

class PublishedLog implements LogSource {
  readonly #read: TileReader;

  constructor(
    private readonly location: LogLocation,
    private readonly examiners: Examiners,
    private readonly head: TreeHead,
  ) {
    this.#read = openTileReader(location);
  }

  get parallelism(): number {
    return this.examiners.parallelism;
  }

  examine(first: number, beyond: number): ReturnType<LogSource['examine']> {
    const { minimumIndex } = this.location;
    return this.examiners.examine({ first, beyond, minimumIndex });
  }

  heads(after: number, upTo: number): ReturnType<LogSource['heads']> {
    const { treeSize } = this.head;
    const heads = treeSize > after && treeSize <= upTo ? [this.head] : [];
    return Promise.resolve({ heads, damages: [] });
  }

  async compareTile(tile: Tile, hashes: Buffer): Promise<DamageKind | null> {
    const stored = await readTile(this.#read, tile, { cut: firstHashes });
    if (stored === null) return 'tile_missing';
    return stored.equals(hashes) ? null : 'tile_changed';
  }
}

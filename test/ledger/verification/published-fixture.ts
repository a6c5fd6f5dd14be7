import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import {
  formatCheckpoint,
  formatEntry,
  formatEntryBundle,
  foldHashes,
  formatTilePath,
  leafHash,
  type NoteSigner,
  noPreviousLeafHash,
  rootOf,
  appendLeaves,
  emptyFrontier,
  signNote,
  tileOf,
  tileWidth,
} from '../../../src/ledger/tree/index.js';

export interface MadeLog {
  readonly entries: readonly Buffer[];
  readonly leafHashes: readonly Buffer[];
  readonly rootHash: Buffer;
}

/** Entries chained as the sealer chains them. */
export function makeLog(events: readonly string[]): MadeLog {
  const entries: Buffer[] = [];
  const leafHashes: Buffer[] = [];
  for (const [index, event] of events.entries()) {
    const entry = formatEntry(index, leafHashes.at(-1) ?? noPreviousLeafHash, event);
    entries.push(entry);
    leafHashes.push(leafHash(entry));
  }
  return { entries, leafHashes, rootHash: rootOf(appendLeaves(emptyFrontier, leafHashes)) };
}

export function eventsOf(count: number, text = 'note'): string[] {
  return Array.from({ length: count }, (_, n) => `{"detail":{"text":"${text} ${n}"},"id":"${n}"}`);
}

/** Writes all resources of the log as it is published (C2SP tlog-tiles), and signs its checkpoint. */
export function writeLog(folder: string, log: MadeLog, signer: NoteSigner): void {
  const write = (path: string, bytes: Buffer | string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  const treeSize = log.entries.length;
  let row: readonly Buffer[] = log.leafHashes;
  for (let level = 0; row.length > 0; level += 1) {
    const above: Buffer[] = [];
    for (let index = 0; index * tileWidth < row.length; index += 1) {
      const hashes = Buffer.concat(row.slice(index * tileWidth, (index + 1) * tileWidth));
      write(formatTilePath(tileOf(level, index, treeSize)!), hashes);
      if (hashes.length === tileWidth * 32) above.push(foldHashes(hashes));
    }
    row = above;
  }
  for (let index = 0; index * tileWidth < treeSize; index += 1) {
    const entries = log.entries.slice(index * tileWidth, (index + 1) * tileWidth);
    write(formatTilePath(tileOf('entries', index, treeSize)!), formatEntryBundle(entries));
  }
  const { rootHash } = log;
  write(
    'checkpoint',
    signNote(formatCheckpoint({ origin: signer.name, treeSize, rootHash }), [signer]),
  );
}

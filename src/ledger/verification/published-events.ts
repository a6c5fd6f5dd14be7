import {
  appendLeaves,
  emptyFrontier,
  type Frontier,
  leafHash,
  parseEntryBundle,
  rootOf,
  tileWidth,
} from '../tree/index.js';
import { firstEntries } from './examine-range.js';
import type { TreeHead } from './log-source.js';
import { type LogLocation, LogUnreachable, openTileReader, readTile } from './tile-reader.js';
import { eventTextOf } from './verify-receipt.js';

/** An event as it stands in a published log. */
export interface PublishedEvent {
  readonly leafIndex: number;
  readonly leafHash: Buffer;
  readonly text: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/**
 * The events of a log that was found sound, in order, once more: for what they say, not for whether
 * they stand there. All of them lead to the same root, or nothing that was read counts.
 *
 * @throws LogUnreachable where they do not: somebody is changing what is read.
 */
export async function* readEvents(
  location: LogLocation,
  { treeSize, rootHash }: TreeHead,
): AsyncGenerator<PublishedEvent> {
  const read = openTileReader(location);
  let frontier: Frontier = emptyFrontier;
  for (let first = 0; first < treeSize; first += tileWidth) {
    const width = Math.min(tileWidth, treeSize - first);
    const tile = { level: 'entries', index: first / tileWidth, width } as const;
    const bundle = await readTile(read, tile, { cut: firstEntries });
    if (bundle === null) throw changed();
    const entries = parseEntryBundle(bundle, width);
    const hashes = entries.map(leafHash);
    frontier = appendLeaves(frontier, hashes);
    for (const [place, hash] of hashes.entries()) {
      const text = eventTextOf(entries[place] ?? Buffer.alloc(0));
      const event = JSON.parse(text) as Record<string, unknown>;
      yield { leafIndex: first + place, leafHash: hash, text, event };
    }
  }
  if (!rootOf(frontier).equals(rootHash)) throw changed();
}

function changed(): LogUnreachable {
  return new LogUnreachable('The log was changed while it was read');
}

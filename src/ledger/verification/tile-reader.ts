import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

import { entryBytesMax, formatTilePath, type Tile, tileWidth } from '../tree/index.js';

/** Where a published log lies: a folder, or the address that its tiles hang below. */
export interface LogLocation {
  readonly kind: 'directory' | 'url';
  readonly at: string;
  /** Presented to an address that asks who reads. */
  readonly bearerToken?: string | undefined;
  /** The entries below it were let go (C2SP tlog-tiles, pruning): only their hashes are asked for. */
  readonly minimumIndex?: number | undefined;
}

/** Thrown where a published log cannot be read; nothing is said about its soundness then. */
export class LogUnreachable extends Error {
  override readonly name = 'LogUnreachable';
}

/** Reads the resources of a published log (C2SP tlog-tiles) by their paths; null for those it lacks. */
export type TileReader = (path: string, scratch?: Scratch) => Promise<Buffer | null>;

/**
 * A place to read into, again and again: what is read holds until the next is read. Memory that is
 * taken anew for each bundle costs as much as reading it.
 */
export interface Scratch {
  bytes: Buffer;
}

const timeoutMilliseconds = 30_000;
const attemptsMax = 3;
const resourceBytesMax = tileWidth * (2 + entryBytesMax);

export function openTileReader(location: LogLocation): TileReader {
  return location.kind === 'directory' ? readFolder(location) : readAddress(location);
}

/** Read at once: whoever hashes has nothing else to do meanwhile, and small files are soon read. */
function readFolder({ at }: LogLocation): TileReader {
  return (path, scratch) => {
    try {
      return Promise.resolve(readResource(join(at, path), scratch));
    } catch (error) {
      if (error instanceof LogUnreachable) return Promise.reject(error);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return Promise.resolve(null);
      return Promise.reject(new LogUnreachable(`Cannot read ${join(at, path)}`, { cause: error }));
    }
  };
}

/** A folder is somebody else's: its names may lead to a pipe that never speaks, or to a file without end. */
function readResource(path: string, scratch?: Scratch): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile() || found.size > resourceBytesMax) {
      throw new LogUnreachable(`${path} is no resource of a log`);
    }
    return readInto(scratch ?? { bytes: Buffer.alloc(0) }, file, found.size);
  } finally {
    closeSync(file);
  }
}

function readInto(scratch: Scratch, file: number, size: number): Buffer {
  if (scratch.bytes.length < size) scratch.bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const read = readSync(file, scratch.bytes, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return scratch.bytes.subarray(0, length);
}

function readAddress(location: LogLocation): TileReader {
  return async (path) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fetchResource(location, path);
      } catch (error) {
        if (error instanceof LogUnreachable) throw error;
        if (attempt === attemptsMax) {
          throw new LogUnreachable(`Cannot read ${path} from ${location.at}`, { cause: error });
        }
      }
    }
  };
}

async function fetchResource(
  { at, bearerToken }: LogLocation,
  path: string,
): Promise<Buffer | null> {
  const response = await fetch(`${at.replace(/\/+$/, '')}/${path}`, {
    headers: bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` },
    // The token is meant for this address and for no other.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  // 410: it was there, and was let go.
  if (response.status === 404 || response.status === 410) return null;
  if (response.status >= 500) throw new Error(`The log answered ${response.status}`);
  if (!response.ok) throw new LogUnreachable(`The log answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > resourceBytesMax) throw new LogUnreachable('The answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export interface TileReading {
  /** Takes the beginning of a full tile. */
  readonly cut: (full: Buffer, width: number) => Buffer | null;
  readonly scratch?: Scratch;
}

/**
 * Reads a tile, or a bundle of entries. A partial one may be gone once the full one stands (C2SP
 * tlog-tiles, partial tiles); `cut` then takes its beginning.
 */
export async function readTile(
  read: TileReader,
  tile: Tile,
  { cut, scratch }: TileReading,
): Promise<Buffer | null> {
  const found = await read(formatTilePath(tile), scratch);
  if (found !== null || tile.width === tileWidth) return found;
  const full = await read(formatTilePath({ ...tile, width: tileWidth }), scratch);
  return full && cut(full, tile.width);
}

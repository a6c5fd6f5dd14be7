import { dirname, join } from 'node:path';

import { z } from 'zod';

import { type KeyStore, syncDirectory } from '../../platform/index.js';
import { hashSourceOf, type Queryable } from '../log-reader.js';
import { LogTiles } from '../log-tiles.js';
import { originFolder } from '../origin/origin-folder.js';
import { DirectoryStore } from '../publication/directory-store.js';
import {
  appendLeaves,
  canonicalJson,
  coverRange,
  formatTilePath,
  type Frontier,
  isEntryAt,
  leafHash,
  noPreviousLeafHash,
  type NoteVerifier,
  openCheckpoint,
  openNote,
  parseEntryBundle,
  proveConsistency,
  rootOf,
  sha256,
  signNote,
  tileWidth,
  verifyConsistency,
} from '../tree/index.js';
import type { PublishedCheckpoint } from '../witness/published-checkpoints.js';
import type { ArchivedRange } from './prunings.js';

/** The archive is not whole, or not what the log's key signed. Nothing is dropped for such a one. */
export class ArchiveDamaged extends Error {
  override readonly name = 'ArchiveDamaged';
}

const format = 'probity-archive/v1';
const manifestPath = 'manifest';
const hash = z.base64().transform((text) => Buffer.from(text, 'base64'));

/**
 * What an archive says of itself. It stands in a signed note, in the clear; every other file is a
 * bundle of 256 entries (C2SP tlog-tiles), sealed.
 */
const manifestSchema = z
  .strictObject({
    format: z.literal(format),
    origin: z.string(),
    from: z.int().nonnegative().multipleOf(tileWidth),
    to: z.int().positive().multipleOf(tileWidth),
    /** Roots of the perfect subtrees before `from`, largest first, and the leaf just before it. */
    frontier: z.array(hash),
    previousLeafHash: hash,
    /** The archive of what stands before `from`, whose own event goes with a later pruning; null for the first. */
    before: z
      .strictObject({
        from: z.int().nonnegative(),
        to: z.int().positive(),
        /** SHA-256 of its manifest. */
        archiveDigest: z.base64(),
      })
      .nullable(),
    /** Of the tree of `to` entries. */
    root: hash,
    /** A signed note over a tree that has all of them, and the proof that it continues this one. */
    checkpoint: z.string(),
    consistency: z.array(hash),
    /** SHA-256 of each file as it lies there, in the order of the log. */
    files: z.array(z.strictObject({ path: z.string(), sha256: hash })),
  })
  .refine(({ from, before }) => (before?.to ?? 0) === from, 'What stands before is not named');
export type ArchiveManifest = z.output<typeof manifestSchema>;

export interface ArchiveKeys {
  readonly origin: string;
  readonly keys: KeyStore;
  /** Of the log's own keys, retired ones too. */
  readonly verifiers: readonly NoteVerifier[];
}

export interface ArchiveToWrite extends ArchiveKeys {
  /** Of the reader role. */
  readonly connection: Queryable;
  readonly directory: string;
  readonly from: number;
  readonly to: number;
  /** Ends where this one begins; null for the first of a log. */
  readonly before: ArchivedRange | null;
  readonly checkpoint: PublishedCheckpoint;
}

export function archivePath(
  directory: string,
  { origin, from, to }: { readonly origin: string; readonly from: number; readonly to: number },
): string {
  return join(directory, originFolder(origin), `${from}-${to}`);
}

/**
 * Writes entries [from, to), the manifest last: an archive without one was cut off, and is written
 * again. Returns once all of it is on the disk.
 */
export async function writeArchive(archive: ArchiveToWrite): Promise<void> {
  const { connection, directory, from, to, checkpoint } = archive;
  const path = archivePath(directory, archive);
  const store = new DirectoryStore(path);
  const tiles = new LogTiles(connection);
  const files: { path: string; sha256: string }[] = [];
  for (let index = from / tileWidth; index < to / tileWidth; index += 1) {
    const tile = { level: 'entries', index, width: tileWidth } as const;
    const bundle = await tiles.read(tile, checkpoint.treeSize);
    if (!bundle) throw new ArchiveDamaged(`The log lacks ${formatTilePath(tile)}`);
    const file = formatTilePath(tile);
    const sealed = archive.keys.seal('ledger-archive', bundle, contextOf(archive.origin, file));
    await store.create(file, sealed);
    files.push({ path: file, sha256: sha256(sealed).toString('base64') });
  }
  await syncFolders(directory, [...files.map((file) => join(path, file.path)), path]);
  const manifest = await describe(archive, files);
  await store.create(manifestPath, Buffer.from(manifest));
}

async function describe(
  { connection, origin, keys, from, to, before: earlier, checkpoint }: ArchiveToWrite,
  files: readonly { path: string; sha256: string }[],
): Promise<string> {
  const source = hashSourceOf(connection);
  const frontier = await source(coverRange(0, from));
  const whole = await source(coverRange(0, to));
  const [before] = from === 0 ? [noPreviousLeafHash] : await source(coverRange(from - 1, from));
  const consistency = await proveConsistency(to, checkpoint.treeSize, source);
  const text = canonicalJson({
    format,
    ...{ origin, from, to, files },
    frontier: frontier.map(inBase64),
    previousLeafHash: inBase64(before ?? noPreviousLeafHash),
    before: earlier && {
      from: earlier.from,
      to: earlier.to,
      archiveDigest: earlier.archiveDigest,
    },
    root: inBase64(rootOf({ size: to, hashes: whole })),
    checkpoint: checkpoint.note,
    consistency: consistency.map(inBase64),
  });
  const [key] = keys.signingKeys('log');
  if (!key) throw new Error('The key store has no key for the log');
  // The first line is no origin, so that the note can never pass for a checkpoint.
  return signNote(`${format}\n${text}\n`, [{ name: origin, ...key }]);
}

function inBase64(bytes: Buffer): string {
  return bytes.toString('base64');
}

function contextOf(origin: string, file: string): string {
  return `${format}\n${origin}\n${file}`;
}

/** Every folder between the files and the archives' own. */
async function syncFolders(root: string, files: readonly string[]): Promise<void> {
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file); folder.length > root.length; folder = dirname(folder)) {
      folders.add(folder);
    }
  }
  for (const folder of [...folders, root]) await syncDirectory(folder);
}

/** Entries that left the database, as they lie in a folder. */
export class LedgerArchive {
  private constructor(
    private readonly store: DirectoryStore,
    private readonly trust: ArchiveKeys,
    readonly manifest: ArchiveManifest,
    /** SHA-256 of the manifest and its signature. */
    readonly digest: Buffer,
  ) {}

  /**
   * @returns null where there is none, or one that was never finished.
   * @throws ArchiveDamaged where the manifest is not signed by a key of this log.
   */
  static async open(path: string, trust: ArchiveKeys): Promise<LedgerArchive | null> {
    const store = new DirectoryStore(path);
    const note = await store.read(manifestPath);
    if (!note) return null;
    try {
      const { text } = openNote(note.toString('utf8'), trust.verifiers);
      const [first = '', json = ''] = text.split('\n');
      if (first !== format) throw new ArchiveDamaged(`${path} is no archive`);
      const manifest = manifestSchema.parse(JSON.parse(json));
      if (manifest.origin !== trust.origin)
        throw new ArchiveDamaged(`${path} is of ${manifest.origin}`);
      return new LedgerArchive(store, trust, manifest, sha256(note));
    } catch (cause) {
      if (cause instanceof ArchiveDamaged) throw cause;
      throw new ArchiveDamaged(`The manifest of ${path} is not signed by this log`, { cause });
    }
  }

  /**
   * Opens the bundle of a tile.
   *
   * @throws ArchiveDamaged where the file is missing or another than the one that was written.
   */
  async bundle(tileIndex: number): Promise<Buffer> {
    const { from, files } = this.manifest;
    const file = files[tileIndex - from / tileWidth];
    const path = formatTilePath({ level: 'entries', index: tileIndex, width: tileWidth });
    if (file?.path !== path) throw new ArchiveDamaged(`The archive has no ${path}`);
    const sealed = await this.store.read(path);
    if (!sealed) throw new ArchiveDamaged(`${path} is missing`);
    if (!sha256(sealed).equals(file.sha256)) throw new ArchiveDamaged(`${path} was changed`);
    try {
      return this.trust.keys.open('ledger-archive', sealed, contextOf(this.trust.origin, path));
    } catch (cause) {
      throw new ArchiveDamaged(`${path} does not open under this key store`, { cause });
    }
  }

  async #entriesOf(tileIndex: number): Promise<Buffer[]> {
    const bundle = await this.bundle(tileIndex);
    try {
      return parseEntryBundle(bundle, tileWidth);
    } catch (cause) {
      throw new ArchiveDamaged(`Tile ${tileIndex} holds no bundle of entries`, { cause });
    }
  }

  /**
   * Each entry's bytes, from the first that is asked for.
   *
   * @throws ArchiveDamaged as `bundle` does, and where it holds other than 256 entries.
   */
  async *entries(from = this.manifest.from, to = this.manifest.to): AsyncGenerator<Buffer> {
    const last = Math.min(to, this.manifest.to);
    for (let at = Math.max(from, this.manifest.from); at < last;) {
      const start = at - (at % tileWidth);
      const bundle = await this.#entriesOf(start / tileWidth);
      const end = Math.min(last, start + tileWidth);
      yield* bundle.slice(at - start, end - start);
      at = end;
    }
  }

  /**
   * Reads all of it and recomputes it: each file, leaf and link, the root, and the way from there to
   * the signed checkpoint.
   *
   * @throws ArchiveDamaged where anything is not as it was written.
   */
  async verify(): Promise<void> {
    const { from, to, root } = this.manifest;
    let frontier: Frontier = { size: from, hashes: this.manifest.frontier };
    let previous: Buffer = this.manifest.previousLeafHash;
    for (let index = from / tileWidth; index < to / tileWidth; index += 1) {
      const entries = await this.#entriesOf(index);
      const hashes = entries.map(leafHash);
      for (const [place, entry] of entries.entries()) {
        const at = index * tileWidth + place;
        if (!isEntryAt(entry, at, previous))
          throw new ArchiveDamaged(`Entry ${at} is out of place`);
        previous = hashes[place] ?? previous;
      }
      frontier = appendLeaves(frontier, hashes);
    }
    if (!rootOf(frontier).equals(root)) throw new ArchiveDamaged('The entries have another root');
    this.#assertCovered();
  }

  #assertCovered(): void {
    const { to, root, checkpoint, consistency } = this.manifest;
    try {
      const opened = openCheckpoint(checkpoint, { logs: this.trust.verifiers });
      if (opened.origin !== this.trust.origin) throw new Error('A checkpoint of another log');
      verifyConsistency(
        { first: to, second: opened.treeSize, firstRoot: root, secondRoot: opened.rootHash },
        consistency,
      );
    } catch (cause) {
      throw new ArchiveDamaged('No signed checkpoint covers the entries', { cause });
    }
  }
}

/**
 * The archives of a log. The log names them, the newest always; the event of an earlier one may lie in
 * an archive itself, and the manifest that follows names that one.
 */
export class LedgerArchives {
  readonly #opened = new Map<string, LedgerArchive>();

  constructor(
    readonly directory: string,
    private readonly trust: ArchiveKeys,
  ) {}

  /**
   * The archive in which an entry lies.
   *
   * @param named what the log names, oldest first
   * @returns null where it is missing, or one on the way to it.
   * @throws ArchiveDamaged as `LedgerArchive.open`, or where one is another than the one that was named.
   */
  async find(named: readonly ArchivedRange[], leafIndex: number): Promise<LedgerArchive | null> {
    const nearest = named.find(({ to }) => leafIndex < to) ?? null;
    for await (const archive of this.#backFrom(nearest)) {
      if (archive === null || leafIndex >= archive.manifest.from) return archive;
    }
    return null;
  }

  /**
   * Every archived entry, one archive after the other, the newest first.
   *
   * @throws ArchiveDamaged also where one is missing.
   */
  async *entries(named: readonly ArchivedRange[]): AsyncGenerator<Buffer> {
    for await (const archive of this.#backFrom(named.at(-1) ?? null)) {
      if (archive === null) throw new ArchiveDamaged('An archive is missing');
      yield* archive.entries();
    }
  }

  /** Ends with null where one is missing. */
  async *#backFrom(newest: ArchivedRange | null): AsyncGenerator<LedgerArchive | null> {
    for (let range = newest; range !== null;) {
      const archive = await this.#open(range);
      yield archive;
      range = archive?.manifest.before ?? null;
    }
  }

  async #open(range: ArchivedRange): Promise<LedgerArchive | null> {
    const path = archivePath(this.directory, { origin: this.trust.origin, ...range });
    const archive = this.#opened.get(path) ?? (await LedgerArchive.open(path, this.trust));
    if (archive === null) return null;
    if (archive.digest.toString('base64') !== range.archiveDigest)
      throw new ArchiveDamaged(`${path} is not the archive that was named`);
    this.#opened.set(path, archive);
    return archive;
  }
}

import { open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { codeOf, makePrivateDirectory, syncDirectory } from '../../platform/index.js';
import { isCount, parseRecord } from '../foreign-json.js';
import type { Queryable } from '../log-reader.js';
import { SignerMemory } from '../signer-memory.js';
import { type NoteVerifier, parseVerifierKey } from '../tree/index.js';
import { originFolder } from './origin-folder.js';

const ownerOnly = 0o600;
const pageRows = 10_000;
const signedHeadFile = 'last-signed-checkpoint';

const endedLogSchema = z.strictObject({
  v: z.literal(1),
  origin: z.string(),
  treeSize: z.custom<number>(isCount),
  /** Base64. */
  rootHash: z.string(),
  /** C2SP verifier keys; receipts and checkpoints of the log verify under them. */
  vkeys: z.array(z.string()),
  /** The signed note over that size. */
  checkpoint: z.string(),
  /** Origin of the log that came after it. */
  successor: z.string(),
});

/** Thrown for a file that does not describe a log that ended. */
export class EndedLogError extends Error {
  override readonly name = 'EndedLogError';
}

/** The last that was signed of a log that goes on no more. */
export type EndedLog = z.infer<typeof endedLogSchema>;

/**
 * What is kept of a log that ended, in a folder beside the keys: its last signed head, its checkpoints
 * with their cosignatures, and the leaf hashes that were left, from which its tiles and proofs follow.
 */
export class EndedLogStore {
  readonly #root: string;

  constructor(keysDirectory: string) {
    this.#root = join(keysDirectory, 'ended-logs');
  }

  directoryOf(origin: string): string {
    return join(this.#root, originFolder(origin));
  }

  /**
   * Null where nothing is kept of such a log.
   *
   * @throws EndedLogError where what is kept is damaged.
   */
  async find(origin: string): Promise<EndedLog | null> {
    return readLog(this.directoryOf(origin));
  }

  /**
   * The keys of every log that ended here, under the name of each.
   *
   * @throws EndedLogError where what is kept is damaged.
   */
  async verifiers(): Promise<NoteVerifier[]> {
    const names = (await readdir(this.#root).catch(nullIfGone)) ?? [];
    const logs = await Promise.all(names.map((name) => readLog(join(this.#root, name))));
    return logs.flatMap((log) => log?.vkeys.map(parseVerifierKey) ?? []);
  }

  /** Whether the signer's memory of the log was moved here, which is the last that is done to it. */
  async isClosed(origin: string): Promise<boolean> {
    const names = (await readdir(this.directoryOf(origin)).catch(nullIfGone)) ?? [];
    return names.includes(signedHeadFile);
  }

  /** Durable when it returns. What an attempt that did not come to its end left is replaced. */
  async keep(log: EndedLog, connection: Queryable): Promise<void> {
    const directory = this.directoryOf(log.origin);
    await makePrivateDirectory(directory);
    const leaves = both(pagesOf(connection, selectPruned), pagesOf(connection, selectEntries));
    await write(join(directory, 'entries.jsonl'), leaves);
    await write(join(directory, 'checkpoints.jsonl'), pagesOf(connection, selectCheckpoints));
    await write(join(directory, 'log.json'), [`${JSON.stringify(log, null, 2)}\n`]);
    for (const folder of [directory, this.#root, dirname(this.#root)]) await syncDirectory(folder);
  }

  async moveMemory(origin: string, memoryPath: string): Promise<void> {
    await new SignerMemory(memoryPath).moveTo(join(this.directoryOf(origin), signedHeadFile));
  }
}

async function readLog(directory: string): Promise<EndedLog | null> {
  const path = join(directory, 'log.json');
  const text = await readFile(path, 'utf8').catch(nullIfGone);
  return text === null ? null : parseEndedLog(text, path);
}

function parseEndedLog(text: string, path: string): EndedLog {
  const parsed = endedLogSchema.safeParse(parseRecord(text));
  if (!parsed.success)
    throw new EndedLogError(`${path} does not describe a log that ended`, { cause: parsed.error });
  return parsed.data;
}

async function write(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, 'w', ownerOnly);
  try {
    for await (const piece of pieces) await file.appendFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** A page of lines at a time: the log may be larger than memory. */
async function* pagesOf(connection: Queryable, select: string): AsyncGenerator<string> {
  for (let after = -1; ;) {
    const { rows } = await connection.query<{ place: string; line: string }>(select, [
      after,
      pageRows,
    ]);
    yield rows.map(({ line }) => `${line}\n`).join('');
    if (rows.length < pageRows) return;
    after = Number(rows.at(-1)?.place);
  }
}

async function* both<Item>(
  first: AsyncIterable<Item>,
  second: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  yield* first;
  yield* second;
}

function nullIfGone(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

/** Leaves of entries that are in an archive, as the tiles still have them. */
const selectPruned = `
  SELECT tile_index * 256 + place AS place, json_build_object('leafIndex', tile_index * 256 + place,
    'eventId', NULL,
    'leafHash', encode(substring(hashes FROM place::int * 32 + 1 FOR 32), 'base64'))::text AS line
  FROM audit_tiles, generate_series(0, 255) AS place
  WHERE level = 0 AND tile_index >= ($1::bigint + 1) / 256
    AND tile_index < ($1::bigint + 1 + $2::bigint) / 256 + 1
    AND tile_index * 256 < (SELECT coalesce(min(leaf_index), 0) FROM audit_entries)
    AND tile_index * 256 + place > $1
  ORDER BY 1 LIMIT $2
`;

const selectEntries = `
  SELECT leaf_index AS place, json_build_object('leafIndex', leaf_index, 'eventId', event_id,
    'leafHash', encode(leaf_hash, 'base64'))::text AS line
  FROM audit_entries WHERE leaf_index > $1 ORDER BY leaf_index LIMIT $2
`;

const selectCheckpoints = `
  SELECT tree_size AS place, json_build_object('treeSize', tree_size, 'signedAt', signed_at,
    'note', note, 'cosignatures', coalesce((
      SELECT json_agg(line ORDER BY received_at, witness) FROM audit_cosignatures
      WHERE audit_cosignatures.tree_size = audit_checkpoints.tree_size
    ), '[]'))::text AS line
  FROM audit_checkpoints WHERE tree_size > $1 ORDER BY tree_size LIMIT $2
`;

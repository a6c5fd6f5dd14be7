import { createHash } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { AppDatabase, KeyStore } from '../../platform/index.js';

/** What one row holds before it is sealed. */
const pieceBytes = 1_048_576;

export interface StoredFile {
  readonly bytes: number;
  readonly digest: Buffer;
}

/** Thrown where the bundle is being made by somebody else by now. */
export class ExportTaken extends Error {
  override readonly name = 'ExportTaken';
}

/**
 * Keeps bundles in the database, so that every process of the service can hand them out: in pieces,
 * each sealed under a key of the key store and bound to its place.
 */
@Injectable()
export class ExportPieces {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
  ) {}

  /** Stores a file as it comes, a piece at a time, giving a sign of life with each. */
  async store(
    exportId: string,
    attempt: number,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<StoredFile> {
    const hash = createHash('sha256');
    let [bytes, place] = [0, 0];
    for await (const piece of inPieces(chunks)) {
      hash.update(piece);
      bytes += piece.length;
      await this.#write(exportId, attempt, { place, piece });
      place += 1;
    }
    return { bytes, digest: hash.digest() };
  }

  async *read(exportId: string, attempt: number): AsyncGenerator<Buffer> {
    for (let place = 0; ; place += 1) {
      const [row] = await this.database.query<{ sealed: Buffer }[]>(
        'SELECT sealed FROM ledger_export_pieces WHERE export_id = $1 AND attempt = $2 AND place = $3',
        [exportId, attempt, place],
      );
      if (!row) return;
      yield this.keys.open('ledger-export', row.sealed, contextOf(exportId, attempt, place));
    }
  }

  async remove(exportId: string): Promise<void> {
    await this.database.query('DELETE FROM ledger_export_pieces WHERE export_id = $1', [exportId]);
  }

  async #write(
    exportId: string,
    attempt: number,
    { place, piece }: { place: number; piece: Buffer },
  ): Promise<void> {
    const sealed = this.keys.seal('ledger-export', piece, contextOf(exportId, attempt, place));
    const alive = await this.database.query<unknown[]>(
      `WITH alive AS (
         UPDATE ledger_exports SET working_at = clock_timestamp()
         WHERE id = $1 AND attempt = $2 AND state = 'preparing' RETURNING id
       ), written AS (
         INSERT INTO ledger_export_pieces (export_id, attempt, place, sealed)
         SELECT id, $2, $3, $4 FROM alive
       )
       SELECT id FROM alive`,
      [exportId, attempt, place, sealed],
    );
    if (alive.length === 0) throw new ExportTaken(`Export ${exportId} is made by another process`);
  }
}

function contextOf(exportId: string, attempt: number, place: number): string {
  return `${exportId}\n${attempt}\n${place}`;
}

async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

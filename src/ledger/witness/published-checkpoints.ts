import type { QueryResultRow } from 'pg';

import type { Queryable } from '../log-reader.js';
import type { NoteVerifier } from '../tree/index.js';

/** A checkpoint as it is shown: the log's signatures, then those of witnesses. */
export interface PublishedCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly note: string;
}

interface CheckpointRow extends QueryResultRow {
  readonly tree_size: string;
  readonly root_hash: Buffer;
  readonly note: string;
}

/**
 * The checkpoints that may be shown. Without a witness policy each signed one is; with one, those
 * that a quorum cosigned, or, where the policy fails open, that were offered to the witnesses.
 */
export class PublishedCheckpoints {
  constructor(
    /** Of the reader role. */
    private readonly connection: Queryable,
    private readonly hasWitnesses: boolean,
    /** Keys whose cosignatures the published checkpoints may carry. */
    readonly witnesses: readonly NoteVerifier[] = [],
  ) {}

  /** Null before the first. */
  newest(): Promise<PublishedCheckpoint | null> {
    return this.#find('ORDER BY tree_size DESC LIMIT 1', []);
  }

  /** Null where none of this size is published. */
  ofSize(treeSize: number): Promise<PublishedCheckpoint | null> {
    return this.#find('WHERE tree_size = $1', [treeSize]);
  }

  /** The smallest over an event; null where none covers it yet. */
  covering(eventId: string): Promise<PublishedCheckpoint | null> {
    return this.#find(
      `WHERE tree_size > (SELECT leaf_index FROM audit_entries WHERE event_id = $1)
       ORDER BY tree_size LIMIT 1`,
      [eventId],
    );
  }

  async #find(which: string, values: unknown[]): Promise<PublishedCheckpoint | null> {
    const from = this.hasWitnesses ? 'audit_published_checkpoints' : 'audit_checkpoints';
    const { rows } = await this.connection.query<CheckpointRow>(
      `SELECT tree_size, root_hash, note || coalesce((
         SELECT string_agg(line, '' ORDER BY received_at, witness) FROM audit_cosignatures
         WHERE audit_cosignatures.tree_size = audit_checkpoints.tree_size
       ), '') AS note
       FROM audit_checkpoints JOIN (SELECT tree_size FROM ${from} ${which}) AS shown
         USING (tree_size)`,
      values,
    );
    const [row] = rows;
    return row
      ? { treeSize: Number(row.tree_size), rootHash: row.root_hash, note: row.note }
      : null;
  }
}

import type { QueryResultRow } from 'pg';

import type { Queryable } from '../log-reader.js';
import {
  formatSignature,
  isSameKey,
  type NoteVerifier,
  openNote,
  SignedNoteError,
  splitNote,
} from '../tree/index.js';

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

interface CosignatureRow extends QueryResultRow {
  readonly witness: string;
  readonly key_id: Buffer;
  readonly line: string;
}

/**
 * The checkpoints that may be shown. Without a witness policy each signed one is; with one, those
 * that a quorum cosigned, or, where the policy fails open, that were offered to the witnesses.
 * Only what a known witness signed is added to them: a row that was planted neither breaks a note nor
 * has it turned away.
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
      `SELECT tree_size, root_hash, note
       FROM audit_checkpoints JOIN (SELECT tree_size FROM ${from} ${which}) AS shown
         USING (tree_size)`,
      values,
    );
    const [row] = rows;
    if (!row) return null;
    const note = row.note + (await this.#cosignaturesOf(row));
    return { treeSize: Number(row.tree_size), rootHash: row.root_hash, note };
  }

  /** Their lines, in the order in which they came. */
  async #cosignaturesOf({ tree_size: treeSize, note }: CheckpointRow): Promise<string> {
    if (this.witnesses.length === 0) return '';
    const { rows } = await this.connection.query<CosignatureRow>(
      `SELECT witness, key_id, line FROM audit_cosignatures
       WHERE tree_size = $1 AND witness = ANY($2) AND key_id = ANY($3)
       ORDER BY received_at, witness`,
      [treeSize, this.witnesses.map(({ name }) => name), this.witnesses.map(({ keyId }) => keyId)],
    );
    return rows.map((row) => this.#lineIn(row, note)).join('');
  }

  #lineIn({ witness: name, key_id: keyId, line }: CosignatureRow, note: string): string {
    const witness = this.witnesses.find((known) => isSameKey(known, { name, keyId }));
    return witness ? lineOf(witness, note, line) : '';
  }
}

/** The signature line of the witness; empty where the line is not its word on this note. */
function lineOf(witness: NoteVerifier, note: string, line: string): string {
  try {
    const { text } = splitNote(note);
    // Opened alone under the text: a blank line within it would make another text of the two.
    const opened = openNote(`${text}\n${line}`, [witness]);
    return opened.text === text ? opened.verifiedBy.map(formatSignature).join('') : '';
  } catch (error) {
    if (error instanceof SignedNoteError) return '';
    throw error;
  }
}

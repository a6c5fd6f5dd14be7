import type { Queryable } from '../log-reader.js';
import {
  type CheckpointTrust,
  type NoteVerifier,
  openCheckpoint,
  splitNote,
} from '../tree/index.js';
import type { Damage } from './damage.js';

interface CosignatureRow {
  readonly tree_size: string;
  readonly witness: string;
  readonly key_id: Buffer;
  readonly line: string;
  /** Of the checkpoint that it stands for; null where there is none. */
  readonly note: string | null;
}

/** Sizes of the log in (after, upTo]; to any size where it is null. */
export interface Sizes {
  readonly after: number;
  readonly upTo: number | null;
}

/**
 * Examines the cosignatures that stand beside checkpoints of some sizes: each must be one line over a
 * stored checkpoint, by the witness and key that its columns name, and good where that key is known.
 */
export async function examineCosignatures(
  connection: Queryable,
  trust: CheckpointTrust,
  { after, upTo }: Sizes,
): Promise<Damage[]> {
  const { rows } = await connection.query<CosignatureRow & Record<string, unknown>>(
    selectCosignatures,
    [after, upTo],
  );
  return rows
    .filter((row) => !isGood(row, trust))
    .map((row) => ({
      kind: 'cosignature_forged',
      leafIndex: Number(row.tree_size),
      eventId: null,
    }));
}

function isGood(row: CosignatureRow, { logs, witnesses = [] }: CheckpointTrust): boolean {
  if (row.note === null) return false;
  const note = row.note + row.line;
  const isOfRow = ({ name, keyId }: Pick<NoteVerifier, 'name' | 'keyId'>): boolean =>
    name === row.witness && keyId.equals(row.key_id);
  try {
    const added = splitNote(note).signatures.slice(splitNote(row.note).signatures.length);
    if (added.length !== 1 || !added.every(isOfRow)) return false;
    const known = witnesses.filter(isOfRow);
    if (known.length === 0) return true;
    return openCheckpoint(note, { logs, witnesses: known }).cosignatures.length > 0;
  } catch {
    return false;
  }
}

const selectCosignatures = `
  SELECT cosigned.tree_size, cosigned.witness, cosigned.key_id, cosigned.line, checkpoint.note
  FROM audit_cosignatures AS cosigned
  LEFT JOIN audit_checkpoints AS checkpoint ON checkpoint.tree_size = cosigned.tree_size
  WHERE cosigned.tree_size > $1 AND cosigned.tree_size <= coalesce($2::bigint, cosigned.tree_size)
  ORDER BY cosigned.tree_size, cosigned.witness, cosigned.key_id
`;

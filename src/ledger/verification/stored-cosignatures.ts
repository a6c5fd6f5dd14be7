import type { Queryable } from '../log-reader.js';
import { type NoteVerifier, openCheckpoint, splitNote } from '../tree/index.js';

interface CosignatureRow {
  readonly tree_size: string;
  readonly witness: string;
  readonly key_id: Buffer;
  readonly line: string;
  /** Of the checkpoint that it stands for; null where there is none. */
  readonly note: string | null;
}

export interface StoredCosignatures {
  readonly connection: Queryable;
  readonly logs: readonly NoteVerifier[];
  /** Witnesses whose keys are known; of others only the form is examined. */
  readonly witnesses: readonly NoteVerifier[];
}

const pageRows = 500;

/**
 * Examines the cosignatures that stand beside the checkpoints: each must be one line over a stored
 * checkpoint, by the witness and key that its columns name, and good where that key is known.
 * Answers the sizes whose cosignature is not, at most as many as asked for.
 */
export async function examineCosignatures(
  stored: StoredCosignatures,
  damagesMax: number,
): Promise<number[]> {
  const forged: number[] = [];
  let after: readonly [string, string, Buffer] = ['-1', '', Buffer.alloc(0)];
  for (;;) {
    const { rows } = await stored.connection.query<CosignatureRow & Record<string, unknown>>(
      selectCosignatures,
      [...after, pageRows],
    );
    for (const row of rows) if (!isGood(row, stored)) forged.push(Number(row.tree_size));
    const last = rows.at(-1);
    if (!last || rows.length < pageRows || forged.length >= damagesMax)
      return forged.slice(0, damagesMax);
    after = [last.tree_size, last.witness, last.key_id];
  }
}

function isGood(row: CosignatureRow, { logs, witnesses }: StoredCosignatures): boolean {
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
  WHERE (cosigned.tree_size, cosigned.witness, cosigned.key_id) > ($1::bigint, $2::text, $3::bytea)
  ORDER BY cosigned.tree_size, cosigned.witness, cosigned.key_id LIMIT $4
`;

import { hashSourceOf, type Queryable } from '../log-reader.js';
import {
  formatSignature,
  type NoteSignature,
  type NoteVerifier,
  proveConsistency,
} from '../tree/index.js';
import type { SignedHead } from './witness-client.js';

/** The checkpoints that wait for witnesses, and what witnesses said of them, in the database. */
export class CosignatureStore {
  constructor(
    /** Of the sealer role, which alone may write here. */
    private readonly connection: Queryable,
  ) {}

  /** The newest signed checkpoint; null before the first. */
  async newest(): Promise<(SignedHead & { readonly isPublished: boolean }) | null> {
    const { rows } = await this.connection.query<{
      tree_size: string;
      note: string;
      published: boolean;
    }>(selectNewest);
    const [row] = rows;
    return row
      ? { treeSize: Number(row.tree_size), note: row.note, isPublished: row.published }
      : null;
  }

  /** What a witness cosigned last, as far as is stored here; 0 before the first. */
  async lastCosignedSize({ name, keyId }: NoteVerifier): Promise<number> {
    const { rows } = await this.connection.query<{ size: string | null }>(
      'SELECT max(tree_size) AS size FROM audit_cosignatures WHERE witness = $1 AND key_id = $2',
      [name, keyId],
    );
    return Number(rows[0]?.size ?? 0);
  }

  /** A second cosignature of one key over one checkpoint says nothing new and is dropped. */
  async add(treeSize: number, signature: NoteSignature): Promise<void> {
    await this.connection.query(
      `INSERT INTO audit_cosignatures (tree_size, witness, key_id, line, received_at)
       VALUES ($1, $2, $3, $4, clock_timestamp()) ON CONFLICT DO NOTHING`,
      [treeSize, signature.name, signature.keyId, formatSignature(signature)],
    );
  }

  async publish(treeSize: number): Promise<void> {
    await this.connection.query(
      `INSERT INTO audit_published_checkpoints (tree_size, published_at)
       VALUES ($1, clock_timestamp()) ON CONFLICT DO NOTHING`,
      [treeSize],
    );
  }

  prove(first: number, second: number): Promise<Buffer[]> {
    return proveConsistency(first, second, hashSourceOf(this.connection));
  }
}

const selectNewest = `
  SELECT newest.tree_size, newest.note, EXISTS (
    SELECT FROM audit_published_checkpoints AS published
    WHERE published.tree_size = newest.tree_size
  ) AS published
  FROM (SELECT tree_size, note FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1) AS newest
`;

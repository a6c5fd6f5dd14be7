import type { Queryable } from '../log-reader.js';
import type { Checkpoint, NoteVerifier } from '../tree/index.js';
import type { LedgerArchives } from '../retention/archive.js';
import { type Damage, type DamageKind, damagesMax } from './damage.js';
import { DatabaseLog } from './database-log.js';
import { examineCosignatures } from './stored-cosignatures.js';
import { eventColumns, type EventRow, examineEvent } from './verify-event.js';
import { type LogFindings, type VerifiedLog, verifyLog } from './verify-log.js';

const pageRows = 500;

export interface LedgerToVerify {
  /** A connection of the reader role. */
  readonly connection: Queryable;
  readonly origin: string;
  readonly verifiers: readonly NoteVerifier[];
  /** Whose cosignatures are checked; of others only the form. */
  readonly witnesses?: readonly NoteVerifier[];
  /** Those of them that were in use at an instant, where the key store is at hand. */
  readonly verifiersAt?: ((signedAt: Date) => readonly NoteVerifier[]) | null;
  /** The MAC key's function, where the key store is at hand. */
  readonly macOf: ((event: string) => Buffer) | null;
  /** What the signer remembers outside the database, where it is at hand. */
  readonly lastSigned: Checkpoint | null;
  /** What an earlier verification reached: only what came since is read again. */
  readonly from?: VerifiedLog | null;
  /** Where entries went that left the database. */
  readonly archives?: LedgerArchives | null;
  /** Told after every stretch how many entries are done. */
  readonly onProgress?: (entries: number) => void;
}

export interface LedgerVerification {
  readonly isSound: boolean;
  /** In the order they were met; at most 20. */
  readonly damages: readonly Damage[];
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly checkpoints: number;
  /** Events that wait for the sealer. */
  readonly pending: number;
  /** Entries that left the database for an archive. */
  readonly pruned: number;
  /** What the next verification may begin from; null where this one found damage. */
  readonly verified: VerifiedLog | null;
}

/**
 * Recomputes the ledger from the stored events: hashes, MACs, chain, leaves, tiles, roots and
 * checkpoints, stretch by stretch in constant memory, and names what is not as it was written.
 */
export async function verifyLedger(ledger: LedgerToVerify): Promise<LedgerVerification> {
  return new LedgerVerifier(ledger).verify();
}

class LedgerVerifier {
  readonly #damages: Damage[] = [];

  constructor(private readonly ledger: LedgerToVerify) {}

  async verify(): Promise<LedgerVerification> {
    // Signed heads are read before the log's size: whatever was signed by then must be in it.
    const signedSize = await this.#newestSignedSize();
    const size = await this.#verifySize(signedSize);
    const { connection, origin, verifiers, macOf, lastSigned, archives = null } = this.ledger;
    const trust = { logs: verifiers, witnesses: this.ledger.witnesses ?? [] };
    const { verifiersAt } = this.ledger;
    const trustAt = verifiersAt ? (signedAt: Date) => ({ logs: verifiersAt(signedAt) }) : null;
    const stored = { connection, origin, trust, trustAt, macOf, lastSigned, archives };
    const source = new DatabaseLog(stored);
    const findings = await this.#verifyLog(source, size);
    await this.#verifyUnqueued();
    const pending = await this.#verifyPending();
    const { treeSize, rootHash } = findings.reached;
    const isSound = this.#damages.length === 0;
    return {
      isSound,
      damages: this.#damages,
      treeSize,
      rootHash,
      checkpoints: source.checkpoints,
      pending,
      pruned: await source.prunedSize(),
      verified: isSound ? findings.reached : null,
    };
  }

  async #verifyLog(source: DatabaseLog, size: number): Promise<LogFindings> {
    const { from, onProgress } = this.ledger;
    const findings = await verifyLog({ source, treeSize: size, from: from ?? null, onProgress });
    for (const { kind, leafIndex, eventId } of findings.damages) {
      this.#report(kind, leafIndex, eventId);
    }
    if (findings.reached.treeSize === size) await this.#verifyHead(findings);
    await this.#verifyBeyond(size);
    return findings;
  }

  #report(kind: DamageKind, leafIndex: number | null, eventId: string | null = null): void {
    if (this.#damages.length < damagesMax) this.#damages.push({ kind, leafIndex, eventId });
  }

  async #newestSignedSize(): Promise<number> {
    const { rows } = await this.ledger.connection.query<{ size: string | null }>(
      'SELECT max(tree_size) AS size FROM audit_checkpoints',
    );
    return Math.max(
      Number(rows[0]?.size ?? 0),
      this.ledger.lastSigned?.treeSize ?? 0,
      this.ledger.from?.treeSize ?? 0,
    );
  }

  /** One statement sees one moment: head and entries must agree in it. */
  async #verifySize(signedSize: number): Promise<number> {
    const { rows } = await this.ledger.connection.query<{ head: string; entries: string }>(
      `SELECT tree_size AS head, (SELECT coalesce(max(leaf_index) + 1, 0) FROM audit_entries) AS entries
       FROM sealer_progress`,
    );
    const entries = Number(rows[0]?.entries ?? 0);
    if (entries < signedSize) this.#report('log_truncated', entries);
    if (rows[0]?.head !== rows[0]?.entries) this.#report('head_changed', entries);
    return entries;
  }

  /** Read with the size it stands for: a sealer may have gone on since. */
  async #verifyHead({ reached, frontier, lastLeafHash }: LogFindings): Promise<void> {
    const { rows } = await this.ledger.connection.query<{ frontier: Buffer; last: Buffer }>(
      'SELECT frontier, last_leaf_hash AS last FROM sealer_progress WHERE tree_size = $1',
      [reached.treeSize],
    );
    const [head] = rows;
    if (!head) return;
    const isLast = lastLeafHash === null || head.last.equals(lastLeafHash);
    if (!isLast || !head.frontier.equals(Buffer.concat(frontier))) {
      this.#report('head_changed', reached.treeSize);
    }
  }

  /** A witness saw a log that this one no longer is, or its word was made up. */
  async #verifyBeyond(size: number): Promise<void> {
    const { connection, verifiers: logs } = this.ledger;
    const beyond = await examineCosignatures(connection, { logs }, { after: size, upTo: null });
    for (const { kind, leafIndex } of beyond) this.#report(kind, leafIndex);
  }

  /** One statement again: an event is recorded and queued in one commit, taken and sealed in another. */
  async #verifyUnqueued(): Promise<void> {
    const { rows } = await this.ledger.connection.query<{ id: string }>(selectUnqueued, [
      damagesMax,
    ]);
    for (const { id } of rows) this.#report('event_unqueued', null, id);
  }

  async #verifyPending(): Promise<number> {
    let pending = 0;
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const { rows } = await this.ledger.connection.query<EventRow & { event_id: string }>(
        selectPending,
        [after, pageRows],
      );
      for (const row of rows) {
        const damage = examineEvent(row, this.ledger.macOf);
        if (damage !== null) this.#report(damage, null, row.event_id);
        after = row.event_id;
      }
      pending += rows.length;
      if (rows.length < pageRows) return pending;
    }
  }
}

const selectUnqueued = `
  SELECT event.id FROM audit_events AS event
  WHERE NOT EXISTS (SELECT FROM audit_pending WHERE event_id = event.id)
    AND NOT EXISTS (SELECT FROM audit_entries WHERE event_id = event.id)
  LIMIT $1
`;

const selectPending = `
  SELECT queued.event_id, ${eventColumns}
  FROM audit_pending AS queued
  LEFT JOIN LATERAL (
    SELECT * FROM audit_events WHERE audit_events.id = queued.event_id OFFSET 0
  ) AS event ON true
  WHERE queued.event_id > $1 ORDER BY queued.event_id LIMIT $2
`;

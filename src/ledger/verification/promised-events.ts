import type { Queryable } from '../log-reader.js';
import type { LedgerArchives } from '../retention/archive.js';
import { type Pruning, readPrunings } from '../retention/prunings.js';
import type { NoteVerifier } from '../tree/index.js';
import type { Damage } from './damage.js';
import {
  eventTextOf,
  isEventOf,
  type KeptReceipt,
  ReceiptError,
  verifyReceipt,
} from './verify-receipt.js';

export interface PromiseTrust {
  /** Keys of the log, and of those that ended before it. */
  readonly logs: readonly NoteVerifier[];
  /** The archives of the log of an origin; null where none are at hand. */
  readonly archivesOf?: ((origin: string) => LedgerArchives) | null;
}

/**
 * Holds receipts against the database: what a log promised must stand there as it was promised, sealed
 * or still waiting, or in an archive that it went to.
 *
 * @throws ReceiptError where an event may be in an archive and none are at hand; ArchiveDamaged.
 */
export async function examineReceipts(
  connection: Queryable,
  receipts: readonly KeptReceipt[],
  { logs, archivesOf = null }: PromiseTrust,
): Promise<Damage[]> {
  const damages: Damage[] = [];
  for (const receipt of receipts) {
    const kind = !isSigned(receipt, logs)
      ? 'receipt_forged'
      : (await isKept(connection, receipt)) || (await isArchived(connection, receipt, archivesOf))
        ? null
        : 'receipt_broken';
    if (kind) damages.push({ kind, leafIndex: null, eventId: receipt.eventId });
  }
  return damages;
}

function isSigned(receipt: KeptReceipt, logs: readonly NoteVerifier[]): boolean {
  try {
    verifyReceipt(receipt, logs);
    return true;
  } catch (error) {
    if (error instanceof ReceiptError) return false;
    throw error;
  }
}

/** The very bytes: the hash that stands beside them could have been changed with them. */
async function isKept(connection: Queryable, receipt: KeptReceipt): Promise<boolean> {
  const { rows } = await connection.query<{ event: string }>(
    `SELECT event FROM audit_events WHERE id::text = $1 AND (
       EXISTS (SELECT FROM audit_entries WHERE event_id = audit_events.id)
       OR EXISTS (SELECT FROM audit_pending WHERE event_id = audit_events.id)
     )`,
    [receipt.eventId],
  );
  return rows.some(({ event }) => isEventOf(receipt, event));
}

/** The log that made the promise may have let the event go, whichever log stands there now. */
async function isArchived(
  connection: Queryable,
  receipt: KeptReceipt,
  archivesOf: ((origin: string) => LedgerArchives) | null,
): Promise<boolean> {
  const prunings = await readPrunings(connection, receipt.origin);
  if (prunings.length === 0) return false;
  if (archivesOf === null) {
    throw new ReceiptError(
      `Event ${receipt.eventId} is not in the database, which was pruned: name the archive`,
    );
  }
  return holds(archivesOf(receipt.origin), prunings, receipt);
}

async function holds(
  archives: LedgerArchives,
  prunings: readonly Pruning[],
  receipt: KeptReceipt,
): Promise<boolean> {
  for await (const entry of archives.entries(prunings)) {
    if (entry.includes(receipt.eventId) && isEventOf(receipt, eventTextOf(entry))) return true;
  }
  return false;
}

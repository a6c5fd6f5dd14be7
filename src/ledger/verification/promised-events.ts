import type { Queryable } from '../log-reader.js';
import { readPrunings } from '../retention/prunings.js';
import type { NoteVerifier } from '../tree/index.js';
import type { Damage } from './damage.js';
import { isEventOf, type KeptReceipt, ReceiptError, verifyReceipt } from './verify-receipt.js';

/**
 * Holds receipts against the database: what the log promised must stand there as it was promised,
 * sealed or still waiting.
 *
 * @throws ReceiptError where an event is not there and entries were pruned: its own may be among them.
 */
export async function examineReceipts(
  connection: Queryable,
  receipts: readonly KeptReceipt[],
  logs: readonly NoteVerifier[],
): Promise<Damage[]> {
  const damages: Damage[] = [];
  for (const receipt of receipts) {
    const kind = isSigned(receipt, logs)
      ? (await isKept(connection, receipt))
        ? null
        : 'receipt_broken'
      : 'receipt_forged';
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
  if (rows.length === 0 && (await readPrunings(connection)).length > 0) {
    throw new ReceiptError(
      `Event ${receipt.eventId} is not in the database, which was pruned: hold its receipt against a bundle or proof file`,
    );
  }
  return rows.some(({ event }) => isEventOf(receipt, event));
}

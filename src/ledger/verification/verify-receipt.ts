import { verify } from 'node:crypto';

import { type ForeignRecord, isRecord, parseRecord } from '../foreign-json.js';
import { decodeBase64 } from '../tree/base64.js';
import {
  type CheckpointTrust,
  hashBytes,
  type NoteVerifier,
  type OpenedCheckpoint,
  parseProofFile,
  publicKeyOf,
  sha256,
  verifyProofFile,
} from '../tree/index.js';

/** A signed promise that an event will stand in the log, as whoever caused the event keeps it. */
export interface KeptReceipt {
  readonly eventId: string;
  /** SHA-256 of the canonical event bytes, base64. */
  readonly eventHash: string;
  readonly recordedAt: string;
  readonly origin: string;
  /** 8 hex digits. */
  readonly keyId: string;
  readonly signature: string;
}

/** Thrown for a receipt that is none, that no known key signed, or that the log does not keep. */
export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';
}

/** The exact text that a receipt's signature stands over. */
export function receiptText(
  origin: string,
  {
    id,
    hash,
    recordedAt,
  }: { readonly id: string; readonly hash: string; readonly recordedAt: string },
): string {
  return `probity-receipt/v1\n${origin}\n${id}\n${hash}\n${recordedAt}\n`;
}

/**
 * Reads a receipt from JSON, or from an answer that holds one as its member `receipt`; other members
 * are ignored.
 *
 * @throws ReceiptError where it is none.
 */
export function parseReceipt(json: string): KeptReceipt {
  const value = parseRecord(json);
  if (!value) throw new ReceiptError('A receipt is an object of JSON');
  const receipt = isRecord(value['receipt']) ? value['receipt'] : value;
  return {
    eventId: textOf(receipt, 'eventId'),
    eventHash: textOf(receipt, 'eventHash'),
    recordedAt: textOf(receipt, 'recordedAt'),
    origin: textOf(receipt, 'origin'),
    keyId: textOf(receipt, 'keyId'),
    signature: textOf(receipt, 'signature'),
  };
}

/**
 * Checks offline that the log made the promise.
 *
 * @param logs the log's keys, older ones too
 * @throws ReceiptError where no key of theirs signed it.
 */
export function verifyReceipt(receipt: KeptReceipt, logs: readonly NoteVerifier[]): void {
  const key = logs.find(
    ({ name, keyId, type }) =>
      type === 'ed25519' && name === receipt.origin && keyId.toString('hex') === receipt.keyId,
  );
  if (!key) throw new ReceiptError('The receipt is signed by a key that is not known');
  const signature = decodeBase64(receipt.signature);
  const { origin, eventId: id, eventHash: hash, recordedAt } = receipt;
  const text = Buffer.from(receiptText(origin, { id, hash, recordedAt }));
  if (!signature || !verify(null, text, publicKeyOf(key.publicKeyBytes), signature)) {
    throw new ReceiptError('The signature of the receipt is bad');
  }
}

/**
 * Checks offline that the promise was kept: the receipt is the log's, and the entry of a proof file
 * (C2SP tlog-proof with the entry as extra data) is that of its event and stands in the log.
 *
 * @throws ReceiptError where it is not; SignedNoteError, CheckpointError, ProofError, ProofFileError
 *   where the proof itself is wrong.
 */
export function verifyReceiptKept(
  receipt: KeptReceipt,
  proofFile: string,
  trust: CheckpointTrust,
): OpenedCheckpoint {
  verifyReceipt(receipt, trust.logs);
  const proof = parseProofFile(proofFile);
  if (!proof.extra) throw new ReceiptError('The proof file does not hold its entry');
  const checkpoint = verifyProofFile(proof, proof.extra, trust);
  if (checkpoint.origin !== receipt.origin) throw new ReceiptError('The proof is of another log');
  if (!isEventOf(receipt, eventTextOf(proof.extra))) {
    throw new ReceiptError('The proof is of another event, or the event was changed');
  }
  return checkpoint;
}

/** Whether the event is, byte for byte, the one that was promised. */
export function isEventOf({ eventHash }: KeptReceipt, eventText: string): boolean {
  const promised = decodeBase64(eventHash);
  return promised?.length === hashBytes && promised.equals(sha256(eventText));
}

const entryForm = /^\{"event":(\{.*\}),"index":(?:0|[1-9]\d*),"prev":"[0-9a-f]{64}","v":1\}$/s;

/**
 * The event's canonical text inside an entry, cut out and not written again.
 *
 * @throws ReceiptError where the bytes are no entry.
 */
export function eventTextOf(entry: Uint8Array): string {
  const [, event] = entryForm.exec(Buffer.from(entry).toString()) ?? [];
  if (event === undefined) throw new ReceiptError('Not an entry');
  return event;
}

/** No line breaks: a member that had one could move the lines of the signed text. */
function textOf(receipt: ForeignRecord, member: string): string {
  const value = receipt[member];
  if (typeof value !== 'string' || value === '' || /\s/.test(value)) {
    throw new ReceiptError(`The receipt has no ${member}`);
  }
  return value;
}

import { sign } from 'node:crypto';

import { type Checkpoint, CheckpointError, parseCheckpoint } from './checkpoint.js';
import {
  cosignedMessage,
  isSameKey,
  noteKeyId,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
  openNote,
} from './signed-note.js';

/**
 * Cosignatures (C2SP tlog-cosignature): a witness says that, at a time, this checkpoint was the
 * largest consistent one it had seen of the log. Two histories need two witnesses that lie.
 */

/** Whose signatures count: the keys of the log, named by its origin, and those of witnesses. */
export interface CheckpointTrust {
  /** Ed25519 keys (type 0x01). One of them must have signed. */
  readonly logs: readonly NoteVerifier[];
  /** Cosignature keys (type 0x04). */
  readonly witnesses?: readonly NoteVerifier[];
}

export interface Cosignature {
  readonly witness: NoteVerifier;
  /** When the witness signed, in whole seconds since 1970 by its own clock. */
  readonly time: number;
}

/** A checkpoint that its log signed, and what known witnesses say of it. */
export interface OpenedCheckpoint extends Checkpoint {
  /** The signed text, which witnesses sign too. */
  readonly text: string;
  /** The log's keys that signed, as told to `openCheckpoint`. */
  readonly signedBy: readonly NoteVerifier[];
  readonly cosignatures: readonly Cosignature[];
}

/**
 * Signs a checkpoint's text as a witness, at a time in whole seconds since 1970. Whether it is
 * consistent with all that was signed before is the witness's to know.
 *
 * @throws CheckpointError where the text is no checkpoint, or the time is none.
 */
export function cosignCheckpoint(text: string, witness: NoteSigner, time: number): NoteSignature {
  parseCheckpoint(text);
  if (!Number.isSafeInteger(time) || time < 0) throw new CheckpointError('Not a time');
  const seconds = Buffer.alloc(8);
  seconds.writeBigUInt64BE(BigInt(time));
  const signature = sign(null, cosignedMessage(text, BigInt(time)), witness.privateKey);
  return {
    name: witness.name,
    keyId: noteKeyId(witness.name, witness.publicKeyBytes, 'cosignature'),
    signature: Buffer.concat([seconds, signature]),
  };
}

/**
 * Opens a checkpoint: its log must have signed it under the name of its origin, and each signature
 * by a known witness must be good. How many witnesses are enough is the caller's policy.
 *
 * @throws SignedNoteError where the note is malformed, unsigned, or a known key's signature is bad.
 * @throws CheckpointError where its text is no checkpoint, or only others than its log signed it.
 */
export function openCheckpoint(note: string, trust: CheckpointTrust): OpenedCheckpoint {
  // A key of the other kind is none here: a witness signs no checkpoints, a log no times.
  const logs = trust.logs.filter(({ type }) => type === 'ed25519');
  const witnesses = (trust.witnesses ?? []).filter(({ type }) => type === 'cosignature');
  const { text, verifiedBy } = openNote(note, [...logs, ...witnesses]);
  const checkpoint = parseCheckpoint(text);
  const signedBy = logs.filter((log) => verifiedBy.some((one) => isSameKey(one, log)));
  // A key speaks for the log that bears its name and for no other, even where several are known.
  if (!signedBy.some(({ name }) => name === checkpoint.origin)) {
    throw new CheckpointError('Not signed by the log that it speaks of');
  }
  const cosignatures = witnesses.flatMap((witness) => {
    const signature = verifiedBy.find((one) => isSameKey(one, witness));
    return signature ? [{ witness, time: timeOf(signature) }] : [];
  });
  return { ...checkpoint, text, signedBy, cosignatures };
}

/** @throws CheckpointError where the time is beyond counting, in the year 285,428,751 and later. */
function timeOf({ signature }: NoteSignature): number {
  const time = Number(signature.readBigUInt64BE());
  if (!Number.isSafeInteger(time)) throw new CheckpointError('Not a time');
  return time;
}

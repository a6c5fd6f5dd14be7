import { decodeBase64 } from '../tree/base64.js';
import {
  CheckpointError,
  hashBytes,
  parseCheckpoint,
  SignedNoteError,
  splitNote,
} from '../tree/index.js';

/**
 * The request of C2SP tlog-witness, `POST <prefix>/add-checkpoint`:
 *
 *     old <size that the witness cosigned last>
 *     <base64 of a hash of the consistency proof, a line each>
 *
 *     <the checkpoint, a signed note>
 */
export interface AddCheckpoint {
  readonly oldSize: number;
  /** From `oldSize` to the checkpoint's size (RFC 6962 §2.1.2). */
  readonly proof: readonly Buffer[];
  readonly note: string;
}

/** Thrown for a body that is no request. */
export class AddCheckpointError extends Error {
  override readonly name = 'AddCheckpointError';
}

const proofLengthMax = 63;
/** Ours has a signature or two; other logs send the cosignatures they have. */
export const requestBytesMax = 65_536;
/** What a witness answers is a few lines. */
export const answerBytesMax = 16_384;
/** Media type of a 409's body, the size that was cosigned last. */
export const sizeMediaType = 'text/x.tlog.size';

export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  const lines = [`old ${oldSize}`, ...proof.map((hash) => hash.toString('base64'))];
  return `${lines.join('\n')}\n\n${note}`;
}

/**
 * Takes a request apart; nothing of it is verified.
 *
 * @throws AddCheckpointError where it is not in its one form, or its note is no checkpoint.
 */
export function parseAddCheckpoint(body: string): AddCheckpoint & { readonly origin: string } {
  const split = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, Math.max(split, 0)).split('\n');
  const oldSize = sizeOf(/^old (.+)$/.exec(first)?.[1] ?? '');
  if (oldSize === null) throw new AddCheckpointError('The first line is not "old <size>"');
  if (lines.length > proofLengthMax) throw new AddCheckpointError('The proof is too long');
  const proof = lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== hashBytes) throw new AddCheckpointError('A proof line is no hash');
    return hash;
  });
  const note = body.slice(split + 2);
  return { oldSize, proof, note, origin: originOf(note) };
}

/** A tree size in its one decimal form; null for anything else. */
export function sizeOf(text: string): number | null {
  const size = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(size) ? size : null;
}

function originOf(note: string): string {
  try {
    return parseCheckpoint(splitNote(note).text).origin;
  } catch (cause) {
    if (!(cause instanceof CheckpointError || cause instanceof SignedNoteError)) throw cause;
    throw new AddCheckpointError(cause.message, { cause });
  }
}

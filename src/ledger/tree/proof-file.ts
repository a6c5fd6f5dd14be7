import { decodeBase64 } from './base64.js';
import { type CheckpointTrust, openCheckpoint, type OpenedCheckpoint } from './cosignature.js';
import { hashBytes, leafHash } from './hash.js';
import { verifyInclusion } from './inclusion-proof.js';

/**
 * Proof files (C2SP tlog-proof), `.tlog-proof`: all that shows, offline, that an entry stands in a log:
 *
 *     c2sp.org/tlog-proof@v1
 *     index 1
 *     <base64 of a hash, a line each, from the leaf up>
 *
 *     <the checkpoint, a signed note, as it stands>
 */

/** An entry's place, the proof of it, and the checkpoint that the proof leads to. */
export interface ProofFile {
  readonly leafIndex: number;
  readonly proof: readonly Buffer[];
  /** The signed note, with its cosignatures. */
  readonly checkpoint: string;
  /** Whatever an application adds; nothing vouches for it. Ours hold the entry, whose hash the proof begins with. */
  readonly extra?: Buffer;
}

/** Thrown for a text that is no proof file. */
export class ProofFileError extends Error {
  override readonly name = 'ProofFileError';
}

const header = 'c2sp.org/tlog-proof@v1';
/** As many levels as a tree of 2^64 leaves has. */
const proofLengthMax = 64;
const fileLengthMax = 1_100_000;

/** Writes the file. */
export function formatProofFile({ leafIndex, proof, checkpoint, extra }: ProofFile): string {
  const lines = [
    header,
    ...(extra ? [`extra ${extra.toString('base64')}`] : []),
    `index ${leafIndex}`,
    ...proof.map((hash) => hash.toString('base64')),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/**
 * Takes the file apart; nothing of it is verified.
 *
 * @throws ProofFileError where the text is not in the one form that `formatProofFile` writes.
 */
export function parseProofFile(text: string): ProofFile {
  if (text.length > fileLengthMax) throw new ProofFileError('The file is too long');
  const split = text.indexOf('\n\n');
  const [first, ...lines] = text.slice(0, Math.max(split, 0)).split('\n');
  if (first !== header) throw new ProofFileError('Not a proof file');
  const extra = lines[0]?.startsWith('extra ') ? decode(lines.shift()?.slice(6)) : null;
  const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '') ?? [];
  const leafIndex = Number(index);
  if (!Number.isSafeInteger(leafIndex)) throw new ProofFileError('Not an index');
  if (lines.length > proofLengthMax) throw new ProofFileError('The proof is too long');
  const proof = lines.map(decode);
  if (proof.some((hash) => hash.length !== hashBytes)) throw new ProofFileError('Not a hash');
  return { leafIndex, proof, checkpoint: text.slice(split + 2), ...(extra && { extra }) };
}

function decode(line = ''): Buffer {
  const bytes = decodeBase64(line);
  if (!bytes) throw new ProofFileError('Not base64');
  return bytes;
}

/**
 * Checks that an entry stands in the log, and answers the checkpoint that it stands under.
 *
 * @throws SignedNoteError or CheckpointError as `openCheckpoint` does.
 * @throws ProofError where the proof does not lead from the entry to the checkpoint's root.
 */
export function verifyProofFile(
  { leafIndex, proof, checkpoint }: ProofFile,
  entry: Uint8Array,
  trust: CheckpointTrust,
): OpenedCheckpoint {
  const opened = openCheckpoint(checkpoint, trust);
  const { treeSize, rootHash } = opened;
  verifyInclusion({ leafIndex, treeSize, rootHash, leafHash: leafHash(entry) }, proof);
  return opened;
}

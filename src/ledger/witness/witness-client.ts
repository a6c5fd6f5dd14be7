import {
  addSignatures,
  type CheckpointTrust,
  type NoteSignature,
  type NoteVerifier,
  isSameKey,
  openCheckpoint,
  parseSignature,
} from '../tree/index.js';
import { answerBytesMax, formatAddCheckpoint, sizeOf } from './add-checkpoint.js';

/** A checkpoint to be cosigned. */
export interface SignedHead {
  readonly treeSize: number;
  /** With the log's own signatures. */
  readonly note: string;
}

/** The log, as far as asking for a cosignature needs it. */
export interface WitnessedLog {
  /** Proves that the log only grew between two sizes. */
  readonly prove: (first: number, second: number) => Promise<readonly Buffer[]>;
  /** Of the newest signed checkpoint, now. */
  readonly newestSize: () => Promise<number>;
  readonly verifiers: () => readonly NoteVerifier[];
}

export type WitnessOutcome =
  | { readonly kind: 'cosigned'; readonly signature: NoteSignature }
  /** The witness has cosigned a later checkpoint of this same log. */
  | { readonly kind: 'superseded' }
  /** The witness has seen another history: the log forked, or it shrank. */
  | { readonly kind: 'conflict'; readonly witnessSize: number | null }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable' };

export interface WitnessAddress {
  /** As the policy calls it. */
  readonly name: string;
  readonly verifier: NoteVerifier;
  /** Submission prefix. */
  readonly url: string;
  readonly timeoutMilliseconds: number;
}

const conflictStatus = 409;
const unprocessableStatus = 422;
const attemptsMax = 3;

/** Asks one witness for cosignatures (C2SP tlog-witness), and knows what it cosigned last. */
export class WitnessClient {
  #lastSize = 0;

  constructor(readonly address: WitnessAddress) {}

  /** What was cosigned before a restart saves a round trip; the witness corrects it if it is wrong. */
  rememberSize(treeSize: number): void {
    this.#lastSize = treeSize;
  }

  async cosign(head: SignedHead, log: WitnessedLog): Promise<WitnessOutcome> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const outcome = await this.#ask(head, log);
      if (outcome !== 'again') return outcome;
    }
    return { kind: 'refused', status: conflictStatus };
  }

  async #ask(head: SignedHead, log: WitnessedLog): Promise<WitnessOutcome | 'again'> {
    const oldSize = this.#lastSize <= head.treeSize ? this.#lastSize : 0;
    const proof = await log.prove(oldSize, head.treeSize);
    const answer = await this.#post(formatAddCheckpoint({ oldSize, proof, note: head.note }));
    if (answer === null) return { kind: 'unreachable' };
    if (answer.status === conflictStatus) {
      return this.#correct(sizeOf(answer.body.trimEnd()), { oldSize, head, log });
    }
    if (answer.status === unprocessableStatus) return { kind: 'conflict', witnessSize: oldSize };
    const signature = answer.status === 200 ? this.#signatureIn(answer.body, head, log) : null;
    if (!signature) return { kind: 'refused', status: answer.status };
    this.#lastSize = head.treeSize;
    return { kind: 'cosigned', signature };
  }

  /** The witness cosigned another size than we thought: from there, if the log ever had it. */
  async #correct(
    witnessSize: number | null,
    { oldSize, head, log }: { oldSize: number; head: SignedHead; log: WitnessedLog },
  ): Promise<WitnessOutcome | 'again'> {
    if (witnessSize === null || witnessSize === oldSize) {
      // The size is the right one, and yet a conflict: another root.
      return oldSize === head.treeSize
        ? { kind: 'conflict', witnessSize: oldSize }
        : { kind: 'refused', status: conflictStatus };
    }
    this.#lastSize = witnessSize;
    if (witnessSize <= head.treeSize) return 'again';
    // Another process of ours may have been faster; a log that is still shorter has shrunk.
    const isOurs = (await log.newestSize()) >= witnessSize;
    return isOurs ? { kind: 'superseded' } : { kind: 'conflict', witnessSize };
  }

  /** Null where the witness did not answer in time, or at too great a length. */
  async #post(body: string): Promise<{ status: number; body: string } | null> {
    const { url, timeoutMilliseconds } = this.address;
    try {
      const response = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
        method: 'POST',
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
      return { status: response.status, body: await limitedText(response) };
    } catch {
      return null;
    }
  }

  /** Only its own signature, and only a good one. */
  #signatureIn(body: string, { note }: SignedHead, log: WitnessedLog): NoteSignature | null {
    const { verifier } = this.address;
    const trust: CheckpointTrust = { logs: log.verifiers(), witnesses: [verifier] };
    try {
      const signature = body
        .trimEnd()
        .split('\n')
        .map(parseSignature)
        .find((one) => isSameKey(one, verifier));
      if (!signature) return null;
      openCheckpoint(addSignatures(note, [signature]), trust);
      return signature;
    } catch {
      return null;
    }
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error('The answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

import {
  cosignCheckpoint,
  emptyRootHash,
  formatSignature,
  type NoteSigner,
  type NoteVerifier,
  openCheckpoint,
  type OpenedCheckpoint,
  ProofError,
  verifyConsistency,
} from '../tree/index.js';
import {
  type AddCheckpoint,
  AddCheckpointError,
  parseAddCheckpoint,
  sizeMediaType,
} from './add-checkpoint.js';
import type { WitnessedCheckpoint, WitnessStore } from './witness-store.js';

/** What goes back over HTTP. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly mediaType: string;
  readonly body: string;
}

export interface WitnessParts {
  readonly signer: NoteSigner;
  /** Keys of the logs it knows; a log may have several. */
  readonly logs: readonly NoteVerifier[];
  readonly store: WitnessStore;
  /** Whole seconds since 1970. */
  readonly now: () => number;
}

/**
 * A witness (C2SP tlog-witness): cosigns the checkpoints of the logs it knows as long as each
 * continues the one before, and never two that contradict each other.
 */
export class Witness {
  constructor(private readonly parts: WitnessParts) {}

  /** Answers one `add-checkpoint`, in the order of checks that the specification gives. */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    const request = parsed(body);
    if (request instanceof AddCheckpointError) return refusal(400, request.message);
    const logs = this.parts.logs.filter(({ name }) => name === request.origin);
    if (logs.length === 0) return refusal(404, 'The log is not known here');
    const checkpoint = opened(request.note, logs);
    if (!checkpoint) return refusal(403, 'No known key of the log signed the checkpoint');
    if (request.oldSize > checkpoint.treeSize) {
      return refusal(400, 'The old size is larger than the checkpoint');
    }
    return this.#judge(request, checkpoint);
  }

  async #judge(request: AddCheckpoint, checkpoint: OpenedCheckpoint): Promise<WitnessAnswer> {
    const { store } = this.parts;
    const { origin, treeSize } = checkpoint;
    const latest = store.latest(origin);
    const latestSize = latest?.treeSize ?? 0;
    if (request.oldSize !== latestSize) return conflict(latestSize);
    if (!continues(latest, checkpoint, request.proof)) {
      await store.keepEvidence(latest, request.note);
      // Without a size: a client that is told one asks again from there, and would for ever.
      const isOtherRoot = latest?.treeSize === treeSize && request.proof.length === 0;
      return isOtherRoot
        ? refusal(409, 'Another root was cosigned at this size')
        : refusal(422, 'The proof does not verify');
    }
    if (treeSize > latestSize && !(await store.advance(origin, latestSize, request.note))) {
      return conflict(store.latest(origin)?.treeSize ?? 0);
    }
    return this.#cosign(checkpoint);
  }

  /** Only what has been persisted, or stood there already, gets here. */
  #cosign({ text }: OpenedCheckpoint): WitnessAnswer {
    const signature = cosignCheckpoint(text, this.parts.signer, this.parts.now());
    return { status: 200, mediaType: plainText, body: formatSignature(signature) };
  }
}

const plainText = 'text/plain; charset=utf-8';

function refusal(status: 400 | 403 | 404 | 409 | 422, sentence: string): WitnessAnswer {
  return { status, mediaType: plainText, body: `${sentence}\n` };
}

function conflict(latestSize: number): WitnessAnswer {
  return { status: 409, mediaType: sizeMediaType, body: `${latestSize}\n` };
}

function parsed(body: string): ReturnType<typeof parseAddCheckpoint> | AddCheckpointError {
  try {
    return parseAddCheckpoint(body);
  } catch (error) {
    if (error instanceof AddCheckpointError) return error;
    throw error;
  }
}

/** The note is one, as parsing has shown: what fails now is its signatures. */
function opened(note: string, logs: readonly NoteVerifier[]): OpenedCheckpoint | null {
  try {
    return openCheckpoint(note, { logs });
  } catch {
    return null;
  }
}

function continues(
  latest: WitnessedCheckpoint | null,
  { treeSize, rootHash }: OpenedCheckpoint,
  proof: readonly Buffer[],
): boolean {
  try {
    verifyConsistency(
      {
        first: latest?.treeSize ?? 0,
        firstRoot: latest?.rootHash ?? emptyRootHash,
        second: treeSize,
        secondRoot: rootHash,
      },
      proof,
    );
    return true;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}

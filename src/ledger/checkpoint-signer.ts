import { type Clock, type KeyStore, type SigningKey, SystemClock } from '../platform/index.js';
import { SignerMemory } from './signer-memory.js';
import {
  type Checkpoint,
  formatCheckpoint,
  type NoteVerifier,
  noteVerifier,
  openNote,
  parseCheckpoint,
  ProofError,
  signNote,
  verifyConsistency,
} from './tree/index.js';

/** The signer will not sign: the log it is shown is not a continuation of the one it signed before. */
export class SignerRefusal extends Error {
  override readonly name = 'SignerRefusal';
}

export interface TreeHead {
  readonly treeSize: number;
  readonly rootHash: Buffer;
}

/** Proves that the log only grew since `size`. */
export type ConsistencyProver = (size: number) => Promise<Buffer[]>;

/**
 * Signs checkpoints and remembers, outside the database, the last head it signed: a backup that was
 * restored, or a replica that lagged when it took over, is caught here and never signed.
 */
export class CheckpointSigner {
  /** What the memory held when it was last read, and what that says. */
  #known: { readonly note: string; readonly checkpoint: Checkpoint } | null = null;
  readonly #memory: SignerMemory;
  readonly #clock: Clock;

  constructor(
    private readonly keys: KeyStore,
    private readonly origin: string,
    /** `path` lies in a folder that stands: the key store's. */
    options: { readonly path: string; readonly clock?: Clock },
  ) {
    this.#memory = new SignerMemory(options.path);
    // Keys retire by the clock that made them; where that is simulated, it is given.
    this.#clock = options.clock ?? new SystemClock();
  }

  /**
   * Answers the signed note, after the head has been remembered durably. The memory is read each
   * time: a signer that was thought dead finds there what its successor signed, and one that stood
   * still between reading and remembering reads again.
   *
   * @throws SignerRefusal where the head does not continue the remembered one.
   */
  async sign(head: TreeHead, prove: ConsistencyProver): Promise<string> {
    for (;;) {
      const last = this.lastSigned();
      await assertContinuation(last, head, prove);
      const note = signHead(this.keys, { ...head, origin: this.origin, signedAt: this.now() });
      // Remembered first: a signature that left without being remembered could be contradicted later.
      if (await this.#remember(last, { note, treeSize: head.treeSize })) {
        this.#known = { note, checkpoint: { ...head, origin: this.origin, extensions: [] } };
        return note;
      }
    }
  }

  /**
   * Asked before a sealer begins.
   *
   * @throws SignerRefusal where the head does not continue the remembered one.
   */
  async assertContinues(head: TreeHead, prove: ConsistencyProver): Promise<void> {
    await assertContinuation(this.lastSigned(), head, prove);
  }

  /**
   * Takes over what another process signed since, so that this signer does not contradict it.
   *
   * @throws SignerRefusal where the note is not of our keys and origin, or contradicts this memory.
   */
  async adopt(
    note: string,
    prove: (first: number, second: number) => Promise<Buffer[]>,
  ): Promise<void> {
    const { treeSize, ...signed } = this.#open(note);
    for (;;) {
      const last = this.lastSigned();
      if (last !== null && last.treeSize > treeSize) return;
      if (last !== null) {
        await assertConsistent(last, { treeSize, ...signed }, (size) => prove(size, treeSize));
      }
      if (await this.#remember(last, { note, treeSize })) return;
    }
  }

  /** False where another signer has remembered something since. */
  async #remember(
    last: TreeHead | null,
    { note, treeSize }: { readonly note: string; readonly treeSize: number },
  ): Promise<boolean> {
    // The same head again, perhaps under other keys: nothing new is to be known.
    if (last?.treeSize === treeSize) return true;
    return this.#memory.advance(last?.treeSize ?? 0, note);
  }

  /**
   * The remembered head; null before the first.
   *
   * @throws SignerRefusal where what is remembered is no checkpoint of this log.
   */
  lastSigned(): Checkpoint | null {
    const note = this.#memory.read();
    if (note === null) return null;
    if (this.#known?.note !== note) this.#known = { note, checkpoint: this.#open(note) };
    return this.#known.checkpoint;
  }

  /** By the clock that keys retire by. */
  now(): Date {
    return this.#clock.now();
  }

  /** The keys whose signature on a checkpoint or receipt counts, newest first. */
  verifiers(): NoteVerifier[] {
    return this.keys
      .signingKeys('log')
      .map(({ publicKeyBytes }) => noteVerifier(this.origin, publicKeyBytes));
  }

  /**
   * The keys whose signature counts on a checkpoint that is said to be signed then: one that is
   * retired signs nothing more, whoever holds it.
   */
  verifiersAt(instant: Date): NoteVerifier[] {
    return this.keys
      .signingKeys('log')
      .filter((key) => wasInUse(key, instant))
      .map(({ publicKeyBytes }) => noteVerifier(this.origin, publicKeyBytes));
  }

  #open(note: string): Checkpoint {
    try {
      const checkpoint = parseCheckpoint(openNote(note, this.verifiers()).text);
      if (checkpoint.origin === this.origin) return checkpoint;
    } catch (cause) {
      throw new SignerRefusal('A remembered checkpoint does not verify', { cause });
    }
    throw new SignerRefusal('A remembered checkpoint is of another log');
  }
}

/** The note alone: whoever lets it out must have remembered it. */
export function signHead(
  keys: KeyStore,
  { origin, signedAt, ...head }: TreeHead & { readonly origin: string; readonly signedAt: Date },
): string {
  return signNote(
    formatCheckpoint({ origin, ...head }),
    signingKeysAt(keys, signedAt).map((key) => ({ name: origin, ...key })),
  );
}

/** During a rotation the old key signs beside the new one until its overlap is over. */
function signingKeysAt(keys: KeyStore, instant: Date): SigningKey[] {
  const [newest, ...older] = keys.signingKeys('log');
  if (!newest) throw new Error('The key store has no key for the log');
  return [newest, ...older.filter(({ retiredAt }) => retiredAt === null || retiredAt > instant)];
}

async function assertContinuation(
  last: TreeHead | null,
  head: TreeHead,
  prove: ConsistencyProver,
): Promise<void> {
  if (last === null) return;
  if (head.treeSize < last.treeSize) {
    throw new SignerRefusal(
      `The log has ${head.treeSize} entries; a checkpoint over ${last.treeSize} was signed before`,
    );
  }
  await assertConsistent(last, head, prove);
}

async function assertConsistent(
  last: TreeHead,
  head: TreeHead,
  prove: ConsistencyProver,
): Promise<void> {
  try {
    const statement = {
      first: last.treeSize,
      second: head.treeSize,
      firstRoot: last.rootHash,
      secondRoot: head.rootHash,
    };
    verifyConsistency(statement, await prove(last.treeSize));
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw new SignerRefusal(
      `The log does not continue the one signed at ${last.treeSize} entries`,
      { cause },
    );
  }
}

/** Processes learn of a rotation within two seconds, and no two clocks are the same. */
const slackMilliseconds = 5_000;

function wasInUse({ createdAt, retiredAt }: SigningKey, instant: Date): boolean {
  const at = instant.getTime();
  return (
    at >= createdAt.getTime() - slackMilliseconds &&
    (retiredAt === null || at <= retiredAt.getTime() + slackMilliseconds)
  );
}

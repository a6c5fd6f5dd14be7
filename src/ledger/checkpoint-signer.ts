import { readFile, rename, writeFile } from 'node:fs/promises';

import type { KeyStore, SigningKey } from '../platform/index.js';
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
  /** What the file holds, once read: one sealer is active, so nobody else writes meanwhile. */
  #last: Checkpoint | null = null;

  constructor(
    private readonly keys: KeyStore,
    private readonly origin: string,
    /** In a folder that stands: the key store's. */
    private readonly memoryPath: string,
  ) {}

  /**
   * Answers the signed note, after the head has been remembered durably.
   *
   * @throws SignerRefusal where the head does not continue the remembered one.
   */
  async sign(head: TreeHead, prove: ConsistencyProver): Promise<string> {
    await assertContinuation(this.#last ?? (await this.lastSigned()), head, prove);
    const note = signNote(
      formatCheckpoint({ origin: this.origin, ...head }),
      this.#signingKeys().map((key) => ({ name: this.origin, ...key })),
    );
    // Remembered first: a signature that left without being remembered could be contradicted later.
    await writeDurably(this.memoryPath, note);
    this.#last = { ...head, origin: this.origin, extensions: [] };
    return note;
  }

  /**
   * Asked before a sealer begins; reads the memory anew.
   *
   * @throws SignerRefusal where the head does not continue the remembered one.
   */
  async assertContinues(head: TreeHead, prove: ConsistencyProver): Promise<void> {
    this.#last = await this.lastSigned();
    await assertContinuation(this.#last, head, prove);
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
    const signed = this.#open(note);
    const last = await this.lastSigned();
    if (last !== null && last.treeSize > signed.treeSize) return;
    if (last !== null) {
      await assertConsistent(last, signed, (size) => prove(size, signed.treeSize));
    }
    await writeDurably(this.memoryPath, note);
  }

  /** The remembered head; null before the first. */
  async lastSigned(): Promise<Checkpoint | null> {
    try {
      return this.#open(await readFile(this.memoryPath, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** The keys whose signature on a checkpoint counts, newest first. */
  verifiers(): NoteVerifier[] {
    return this.keys
      .signingKeys('log')
      .map(({ publicKeyBytes }) => noteVerifier(this.origin, publicKeyBytes));
  }

  /** During a rotation the old key signs beside the new one until it is retired. */
  #signingKeys(): SigningKey[] {
    const [newest, ...older] = this.keys.signingKeys('log');
    if (!newest) throw new Error('The key store has no key for the log');
    return [newest, ...older.filter((key) => key.retiredAt === null)];
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

const ownerOnly = 0o600;

/**
 * Content first, then the name: a crash leaves the old file or the new one, never a part. The folder
 * is not flushed: should the machine lose the new name, the older head is still one that was signed,
 * and the log must continue it all the same.
 */
async function writeDurably(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, content, { mode: ownerOnly, flush: true });
  await rename(draft, path);
}

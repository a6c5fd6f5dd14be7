import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { createOnce, makePrivateDirectory, syncDirectory } from '../../platform/index.js';
import { NoteSuccession } from '../note-succession.js';
import { parseCheckpoint, sha256, splitNote } from '../tree/index.js';

/** The last checkpoint that a witness cosigned of a log. */
export interface WitnessedCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly note: string;
}

/** Of either kind: whoever sends bad proofs for good checkpoints is not to crowd out a fork. */
const evidenceFilesMax = 1_000;

/**
 * What a witness must never forget, as files: per log, in a folder of its own, the last checkpoint
 * that it cosigned; and the evidence that it kept.
 */
export class WitnessStore {
  constructor(private readonly folder: string) {}

  /** Makes the folders of the logs, durably: whatever is put into them later stays. */
  async prepare(origins: readonly string[]): Promise<void> {
    for (const origin of origins) await makePrivateDirectory(this.#folderOf(origin));
    await makePrivateDirectory(join(this.folder, 'evidence'));
    await syncDirectory(join(this.folder, 'logs'));
    await syncDirectory(this.folder);
  }

  /**
   * Null before the first.
   *
   * @throws SignedNoteError or CheckpointError where what was kept is damaged.
   */
  latest(origin: string): WitnessedCheckpoint | null {
    const note = this.#successionOf(origin).newest();
    return note === null ? null : { ...parseCheckpoint(splitNote(note).text), note };
  }

  /**
   * Makes a note the log's last checkpoint, durably, if the last one still has the size `from`.
   *
   * @returns false where another checkpoint has followed that size.
   */
  advance(origin: string, from: number, note: string): Promise<boolean> {
    return this.#successionOf(origin).advance(from, note);
  }

  /**
   * Keeps what a log signed and should not have. A `fork` is another root at the size that was
   * cosigned: the two notes prove, to anybody with the log's key, that it showed two histories. What
   * is `unproven` may be a fork, or a bad proof by whoever sent it.
   */
  async keepEvidence(cosigned: WitnessedCheckpoint | null, note: string): Promise<void> {
    const folder = join(this.folder, 'evidence');
    const { treeSize } = parseCheckpoint(splitNote(note).text);
    const kind = treeSize === cosigned?.treeSize ? 'fork' : 'unproven';
    const kept = (await readdir(folder)).filter((name) => name.startsWith(kind));
    if (kept.length >= evidenceFilesMax) return;
    const content = `${note}\n${cosigned?.note ?? ''}`;
    await createOnce(
      join(folder, `${kind}-${sha256(content).toString('hex').slice(0, 32)}.txt`),
      () => Promise.resolve(Buffer.from(content)),
    );
  }

  #successionOf(origin: string): NoteSuccession {
    return new NoteSuccession(this.#folderOf(origin));
  }

  /** An origin may hold any character; its digest is a file name everywhere. */
  #folderOf(origin: string): string {
    return join(this.folder, 'logs', sha256(origin).toString('hex'));
  }
}

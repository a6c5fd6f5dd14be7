/**
 * Where a log is published: a folder or a bucket. What was created there once stays; only the
 * checkpoint is replaced.
 */
export interface PublishedStore {
  /** Null where there is none. */
  read(path: string): Promise<Buffer | null>;
  /** Writes what is not there yet, whole or not at all. */
  create(path: string, bytes: Buffer): Promise<void>;
  /** Puts the checkpoint in the place of the one before, whole or not at all. */
  replaceCheckpoint(bytes: Buffer): Promise<void>;
}

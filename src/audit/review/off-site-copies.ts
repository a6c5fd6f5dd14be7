import { Injectable, Logger } from '@nestjs/common';

import {
  CheckpointSigner,
  openCheckpoint,
  PublishedCheckpoints,
  publishedStoreAt,
} from '../../ledger/index.js';
import { Config, ReaderDatabase } from '../../platform/index.js';

/** How far somebody outside the database has the log. */
export interface OffSiteCopy {
  readonly name: string;
  /** Null where there is nothing that this log signed. */
  readonly treeSize: number | null;
}

/** Looks how far the published log and each witness of the policy are. */
@Injectable()
export class OffSiteCopies {
  readonly #logger = new Logger('OffSiteCopies');

  constructor(
    private readonly config: Config,
    private readonly signer: CheckpointSigner,
    private readonly checkpoints: PublishedCheckpoints,
    private readonly reader: ReaderDatabase,
  ) {}

  /** None where the configuration names none. */
  async list(): Promise<OffSiteCopy[]> {
    const { publishedLog } = this.config;
    const published = publishedLog === null ? [] : [await this.#readPublished(publishedLog)];
    return [...published, ...(await this.#readWitnesses())];
  }

  async #readPublished(target: string): Promise<OffSiteCopy> {
    const name = 'published';
    try {
      const note = await publishedStoreAt(target).read('checkpoint');
      if (!note) return { name, treeSize: null };
      const { origin, treeSize } = openCheckpoint(note.toString('utf8'), {
        logs: this.signer.verifiers(),
      });
      return { name, treeSize: origin === this.config.logOrigin ? treeSize : null };
    } catch (error) {
      // Out of reach, or not signed by this log: neither is a copy of it.
      this.#logger.warn(`No published log: ${String(error)}`);
      return { name, treeSize: null };
    }
  }

  async #readWitnesses(): Promise<OffSiteCopy[]> {
    const rows = await this.reader.query<{ witness: string; size: string }[]>(
      'SELECT witness, max(tree_size) AS size FROM audit_cosignatures GROUP BY witness',
    );
    const sizes = new Map(rows.map(({ witness, size }) => [witness, Number(size)]));
    return this.checkpoints.witnesses.map(({ name }) => ({
      name,
      treeSize: sizes.get(name) ?? null,
    }));
  }
}

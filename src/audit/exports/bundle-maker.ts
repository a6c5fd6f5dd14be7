import { Injectable } from '@nestjs/common';

import {
  type ExportCriteria,
  formatVerifierKey,
  LedgerPolicy,
  parseCheckpoint,
  PublishedCheckpoints,
  signNote,
  splitNote,
} from '../../ledger/index.js';
import { Clock, Config, IdSource, KeyStore } from '../../platform/index.js';
import { BundleContents, readVerifier } from './bundle-contents.js';
import { ExportCompartments } from './export-compartments.js';
import { ExportPieces } from './export-pieces.js';
import { sealBundle } from './seal-bundle.js';
import { type BundleCounts, type BundleParts, writeBundle } from './write-bundle.js';

export interface BundleOrder {
  readonly exportId: string;
  readonly attempt: number;
  readonly criteria: ExportCriteria;
  readonly recipientKey: Buffer | null;
  /** Id of the event that asked. */
  readonly requestEvent: string;
}

export interface MadeBundle {
  readonly treeSize: number;
  readonly entries: number;
  readonly bytes: number;
  readonly digest: Buffer;
}

/** The log as who signs its bundles. */
@Injectable()
export class BundleSigner {
  constructor(
    private readonly keys: KeyStore,
    private readonly config: Config,
    private readonly checkpoints: PublishedCheckpoints,
    private readonly policy: LedgerPolicy,
  ) {}

  /** Verifier keys of the log, older ones too, and of its witnesses. */
  verifierKeys(): string[] {
    const name = this.config.logOrigin;
    return [
      ...this.keys
        .signingKeys('log')
        .map(({ publicKeyBytes }) => formatVerifierKey(name, publicKeyBytes)),
      ...this.checkpoints.witnesses.map((witness) =>
        formatVerifierKey(witness.name, witness.publicKeyBytes, witness.type),
      ),
    ];
  }

  sign(text: string): string {
    const key = this.keys.signingKeys('log')[0];
    if (!key) throw new Error('The key store has no key for the log');
    return signNote(text, [{ name: this.config.logOrigin, ...key }]);
  }

  policyInForce(): BundleParts['policy'] {
    const { version, digest } = this.policy.reference();
    return { version, digest };
  }
}

/** What differs from making to making. */
@Injectable()
export class BundleMoment {
  constructor(
    readonly clock: Clock,
    readonly ids: IdSource,
  ) {}
}

/** Makes one bundle and stores it as it is made. */
@Injectable()
export class BundleMaker {
  constructor(
    readonly pieces: ExportPieces,
    private readonly contents: BundleContents,
    private readonly signer: BundleSigner,
    private readonly compartments: ExportCompartments,
    private readonly moment: BundleMoment,
  ) {}

  now(): Date {
    return this.moment.clock.now();
  }

  newId(): string {
    return this.moment.ids.random();
  }

  async make(order: BundleOrder): Promise<MadeBundle> {
    const { exportId, attempt, criteria, recipientKey } = order;
    const isWithheld = (type: string): boolean => this.compartments.isWithheld(type);
    const { requestEvent } = order;
    const { ids } = this.moment;
    const found = await this.contents.find({ criteria, requestEvent, ids, isWithheld });
    const writing = new CountedBundle({
      ...found,
      exportId,
      criteria,
      createdAt: this.now(),
      keys: this.signer.verifierKeys(),
      policy: this.signer.policyInForce(),
      isWithheld,
      verifier: await readVerifier(),
      sign: (text) => this.signer.sign(text),
    });
    const chunks = recipientKey ? sealBundle(writing, recipientKey) : writing;
    const { bytes, digest } = await this.pieces.store(exportId, attempt, chunks);
    const { treeSize } = parseCheckpoint(splitNote(found.checkpoint).text);
    return { treeSize, entries: writing.counts.matching, bytes, digest };
  }
}

/** Keeps what the writer returns behind its last chunk. */
class CountedBundle implements AsyncIterable<Buffer> {
  counts: BundleCounts = { entries: 0, matching: 0, withheld: 0 };

  constructor(private readonly parts: BundleParts) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    this.counts = yield* writeBundle(this.parts);
  }
}

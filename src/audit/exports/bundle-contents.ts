import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import {
  AuditedTransaction,
  AuditIndex,
  committed,
  type ExportCriteria,
  type IndexKey,
  indexCommitted,
  type PublishedCheckpoint,
  PublishedCheckpoints,
  readThrough,
} from '../../ledger/index.js';
import { IdSource, ReaderDatabase, serviceActor } from '../../platform/index.js';
import { AuditLog } from '../audit-log.js';
import { LogExcerpt } from './log-excerpt.js';
import type { BundleParts } from './write-bundle.js';

/** As many as fit the memory of a verifier; whoever has more is exported by period. */
const listEventsMax = 20_000;
/** About two gigabytes of events. */
const rangeEntriesMax = 2_000_000;
const indexRoundsMax = 50;
const coverAttemptsMax = 300;
const coverMilliseconds = 100;

/** Thrown where what was asked for cannot be exported; `reason` goes into the status. */
export class ExportImpossible extends Error {
  override readonly name = 'ExportImpossible';

  constructor(readonly reason: 'too_many_events' | 'entries_pruned' | 'not_covered') {
    super(reason);
  }

  /** Whether another attempt could not end otherwise. */
  get isFinal(): boolean {
    return this.reason !== 'not_covered';
  }
}

export type BundleContent = Pick<BundleParts, 'checkpoint' | 'content'>;

export interface WantedContent {
  readonly criteria: ExportCriteria;
  /** Id of the event that asked. */
  readonly requestEvent: string;
  readonly ids: IdSource;
  readonly isWithheld: BundleParts['isWithheld'];
}

/** Finds what a bundle shows, and the proof of it, under a published checkpoint. */
@Injectable()
export class BundleContents {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly index: AuditIndex,
    private readonly checkpoints: PublishedCheckpoints,
    private readonly reader: ReaderDatabase,
    private readonly log: AuditLog,
  ) {}

  /**
   * The bundle holds what was recorded before the event that asked.
   *
   * @throws ExportImpossible
   */
  async find({ criteria, requestEvent, ids, isWithheld }: WantedContent): Promise<BundleContent> {
    return criteria.kind === 'period'
      ? this.#period(criteria, requestEvent, isWithheld)
      : this.#list({ kind: criteria.kind, id: criteria.id }, requestEvent, ids);
  }

  async #period(
    period: { from: string; to: string },
    requestedBy: string,
    isWithheld: WantedContent['isWithheld'],
  ): Promise<BundleContent> {
    const { note, treeSize } = await this.#newestOver(requestedBy);
    const excerpt = new LogExcerpt(readThrough(this.reader));
    const range = await excerpt.rangeOf(period, treeSize, isWithheld);
    const { start, end } = range;
    if (start < end && start < (await this.log.prunedSize()))
      throw new ExportImpossible('entries_pruned');
    if (end - start > rangeEntriesMax) throw new ExportImpossible('too_many_events');
    const entries = excerpt.entries(start, end);
    return { checkpoint: note, content: { kind: 'period', range, entries } };
  }

  /** Commits to the index first: the list is to be complete up to now. */
  async #list(key: IndexKey, requestedBy: string, ids: IdSource): Promise<BundleContent> {
    let newestEvent = requestedBy;
    await this.#newestOver(requestedBy);
    const actor = serviceActor('ledger-export', ids.random());
    for (let round = 0; round < indexRoundsMax && (await this.index.hasNews()); round += 1) {
      const { receipt } = await this.audited.run(actor, async (tx) => {
        const detail = await this.index.advance(tx);
        return committed({}, indexCommitted({ detail }));
      });
      newestEvent = receipt.eventId;
    }
    const head = await this.#newestOver(newestEvent);
    const answer = await this.log.proveCompleteness(key, listEventsMax, head);
    if (answer.kind === 'too_many_events') throw new ExportImpossible('too_many_events');
    if (answer.kind === 'entries_pruned') throw new ExportImpossible('entries_pruned');
    if (answer.kind === 'not_committed') throw new ExportImpossible('not_covered');
    return { checkpoint: head.note, content: { kind: 'list', proof: answer.proof } };
  }

  async #newestOver(eventId: string): Promise<PublishedCheckpoint> {
    for (let attempt = 0; attempt < coverAttemptsMax; attempt += 1) {
      if (await this.checkpoints.covering(eventId)) {
        const newest = await this.checkpoints.newest();
        if (newest) return newest;
      }
      await sleep(coverMilliseconds);
    }
    throw new ExportImpossible('not_covered');
  }
}

/** As the build lays it beside the compiled sources; null where this runs from the sources. */
export function readVerifier(): Promise<Buffer | null> {
  return readFile(new URL('../../../ledger-verifier.mjs', import.meta.url)).catch(() => null);
}

import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';

import type { BankCard } from '../../banking/index.js';
import { type Actor, AppDatabase, IdSource, JobQueue, serviceActor } from '../../platform/index.js';
import { Case } from '../case.entity.js';
import { CardLookups } from './card-lookup.js';
import { ContainmentEffects, type Intended, isForLater } from './containment-effects.js';
import type { Containment } from './containment.entity.js';
import { Containments } from './containments.js';
import { IdentifyCard } from './identify-card.js';

/** Carries out what containments still need of the bank: one of them, and all that are left. */
@Injectable()
export class ContainmentRun {
  readonly #logger = new Logger('ContainmentRun');

  constructor(
    private readonly app: AppDatabase,
    private readonly containments: Containments,
    private readonly lookups: CardLookups,
    private readonly identification: IdentifyCard,
    private readonly effects: ContainmentEffects,
  ) {}

  /**
   * Does what is pending; nothing where nothing is. Safe to call often and from several processes.
   *
   * @throws BankUnavailable; the containment then stands as it was and is tried again.
   */
  async run(containmentId: string, requestId: string): Promise<void> {
    const containment = await this.containments.find(containmentId);
    if (!containment) return;
    const actor = serviceActor('containments', requestId);
    if (containment.pendingEffect === 'block') await this.#block(actor, containment);
    if (containment.pendingEffect === 'release' && containment.cardId !== null) {
      await this.effects.release(actor, containment, containment.cardId);
    }
  }

  async #block(actor: Actor, containment: Containment): Promise<void> {
    if (this.effects.isOverdue(containment)) return this.effects.giveUp(actor, containment);
    const about = await this.app.manager.findOneByOrFail(Case, { id: containment.caseId });
    const lookup = await this.containments.lookupOf(containment, about);
    const card = lookup && (await this.lookups.find(lookup));
    const intended = { containment, about };
    if (containment.cardId === null) {
      const found = { card, lookup };
      const { isToBlock, isStrangers } = await this.identification.identify(actor, intended, found);
      if (!isToBlock) return;
      // Whoever waits here must not tell by the time whether there was something to block.
      if (isStrangers && card) {
        this.#blockUnseen(actor, intended, card);
        return;
      }
    }
    if (card) await this.effects.block(actor, intended, card);
  }

  #blockUnseen(actor: Actor, intended: Intended, card: BankCard): void {
    this.effects.block(actor, intended, card).catch((error: unknown) => {
      this.#logger.warn(`A containment is tried again later: ${String(error)}`);
    });
  }
}

/** Asks a bank that was silent again, also for what a crash left behind. */
@Injectable()
export class ApplyContainments implements OnModuleInit, OnApplicationBootstrap {
  readonly #logger = new Logger('ApplyContainments');

  constructor(
    private readonly jobs: JobQueue,
    private readonly containments: Containments,
    private readonly run: ContainmentRun,
    private readonly ids: IdSource,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('apply-containments', 'every-minute', () => this.sweep());
  }

  /** What a crash left behind need not wait for the first minute. */
  onApplicationBootstrap(): void {
    void this.sweep();
  }

  /** Runs one containment for a request that does not wait for it longer than it likes. */
  async attempt(containmentId: string, requestId: string): Promise<void> {
    try {
      await this.run.run(containmentId, requestId);
    } catch (error) {
      const why = isForLater(error) ? 'the bank is silent' : String(error);
      this.#logger.warn(`Containment ${containmentId} is tried again later: ${why}`);
    }
  }

  async sweep(): Promise<void> {
    try {
      for (const { id } of await this.containments.listPending()) {
        await this.attempt(id, this.ids.random());
      }
    } catch (error) {
      this.#logger.warn(`Containments could not be read: ${String(error)}`);
    }
  }
}

import { Injectable } from '@nestjs/common';

import { type BankCard, BankUnavailable, CoreBanking } from '../../banking/index.js';
import { AuditedTransaction, type Committed, committed } from '../../ledger/index.js';
import { type Actor, Clock } from '../../platform/index.js';
import type { Case } from '../case.entity.js';
import {
  containmentApplied,
  containmentEnded,
  containmentReleased,
  containmentUnchanged,
} from '../cases.events.js';
import type { Containment } from './containment.entity.js';
import { aboutContainment, Containments, withoutEffect } from './containments.js';
import { HolderNotices } from './holder-notices.js';

/** What an effect is done for. */
export interface Intended {
  readonly containment: Containment;
  readonly about: Case;
}

/**
 * Effects at the bank, always after the commit that intends them and while no transaction is open;
 * each result is an audited transaction of its own. Every step can be repeated.
 */
@Injectable()
export class ContainmentEffects {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly containments: Containments,
    private readonly notices: HolderNotices,
    private readonly banking: CoreBanking,
    private readonly clock: Clock,
  ) {}

  /** @throws BankUnavailable */
  async block(actor: Actor, { containment, about }: Intended, card: BankCard): Promise<void> {
    await this.banking.blockCard(card.id, containment.id);
    const holder = await this.notices.holderOf(card);
    const { isApplied } = await this.audited.run<{ isApplied: boolean }>(actor, async (tx) => {
      const locked = await this.containments.lock(tx, containment.id);
      if (locked?.state !== 'requested' || locked.pendingEffect === 'release') {
        return committed(
          { isApplied: isStanding(locked) },
          containmentUnchanged(aboutContainment(locked ?? containment)),
        );
      }
      // Also one that was given up meanwhile: a block that came late protects all the same.
      locked.moveTo('applied', tx.now);
      Object.assign(locked, withoutEffect(null));
      await this.containments.save(tx, locked);
      await this.notices.tellBlocked(tx, { about, containment: locked, card }, holder);
      return committed(
        { isApplied: true },
        containmentApplied({ ...aboutContainment(locked), subjectRef: locked.holderSubjectRef }),
      );
    });
    // Undone while the bank was being asked: the block that came late goes too.
    if (!isApplied) await this.release(actor, containment, card.id);
  }

  /** @throws BankUnavailable */
  async release(actor: Actor, containment: Containment, cardId: string): Promise<void> {
    await this.banking.releaseCard(cardId, containment.id);
    await this.#settle(actor, containment, 'release');
  }

  /** The bank was silent for too long; people take over. */
  giveUp(actor: Actor, containment: Containment): Promise<void> {
    return this.#settle(actor, containment, 'block');
  }

  isOverdue({ retryUntil }: Containment): boolean {
    return retryUntil !== null && retryUntil < this.clock.now();
  }

  async #settle(
    actor: Actor,
    containment: Containment,
    effect: 'block' | 'release',
  ): Promise<void> {
    await this.audited.run<object>(actor, async (tx): Promise<Committed<object>> => {
      const locked = await this.containments.lock(tx, containment.id);
      if (locked?.pendingEffect !== effect) {
        return committed({}, containmentUnchanged(aboutContainment(locked ?? containment)));
      }
      const { holderSubjectRef: subjectRef } = locked;
      if (effect === 'release') locked.moveTo('released', tx.now);
      Object.assign(locked, withoutEffect(effect === 'release' ? null : 'bank_unavailable'));
      await this.containments.save(tx, locked);
      const report = effect === 'release' ? containmentReleased : containmentEnded;
      return committed({}, report({ ...aboutContainment(locked), subjectRef }));
    });
  }
}

/** Whether a block of the bank's is still wanted; one that comes after the release is not. */
function isStanding(containment: Containment | null): boolean {
  if (containment === null || containment.pendingEffect === 'release') return false;
  return containment.state === 'applied' || containment.state === 'reviewed';
}

/** Whether an effect failed only because the bank was silent: it is tried again later. */
export function isForLater(error: unknown): boolean {
  return error instanceof BankUnavailable;
}

import { Injectable } from '@nestjs/common';

import type { BankCard } from '../../banking/index.js';
import { type Actor } from '../../platform/index.js';
import { AuditedTransaction, type Committed, committed, type Tx } from '../../ledger/index.js';
import { CaseRegister } from '../case-register.js';
import { CaseSubjects } from '../case-subjects.js';
import type { Case } from '../case.entity.js';
import { containmentEnded, containmentIdentified, containmentUnchanged } from '../cases.events.js';
import type { CardLookup } from './card-lookup.js';
import { ContainmentLimits } from './containment-limits.js';
import type { ContainmentReason } from './containment-state.js';
import type { Containment } from './containment.entity.js';
import { aboutContainment, Containments, withoutEffect } from './containments.js';

/** What is known of a request's card once the bank was asked. */
export interface Identified {
  /** Whether the bank is to block the card now. */
  readonly isToBlock: boolean;
  /** A signed-in customer named the card of somebody else: they learn nothing of it. */
  readonly isStrangers: boolean;
}

const nothingToBlock: Identified = { isToBlock: false, isStrangers: false };

/** What the bank found, and by what. */
export interface FoundCard {
  readonly card: BankCard | null;
  readonly lookup: CardLookup | null;
}

/** Commits which card a request means, or that it means none, before the bank is asked to block it. */
@Injectable()
export class IdentifyCard {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly containments: Containments,
    private readonly register: CaseRegister,
    private readonly subjects: CaseSubjects,
    private readonly limits: ContainmentLimits,
  ) {}

  identify(
    actor: Actor,
    { containment, about }: { containment: Containment; about: Case },
    found: FoundCard,
  ): Promise<Identified> {
    const { card } = found;
    return this.audited.run<Identified>(actor, async (tx) => {
      const locked = await this.containments.lock(tx, containment.id);
      if (locked?.pendingEffect !== 'block') {
        return committed(
          nothingToBlock,
          containmentUnchanged({ ...aboutContainment(locked ?? containment) }),
        );
      }
      if (!card) return this.#end(tx, { locked, about, found }, 'card_not_identified');
      const isOwn = await this.#isOwn(tx, about, card);
      if (!isOwn && !(await this.#isAdmitted(tx, card, found))) {
        return this.#end(tx, { locked, about, found }, 'containment_limit');
      }
      locked.cardId = card.id;
      locked.holderSubjectRef = await this.subjects.ofCustomer(tx, card.customerNumber);
      await this.containments.save(tx, locked);
      return committed(
        { isToBlock: true, isStrangers: !isOwn && isNamedByCustomer(found) },
        containmentIdentified({
          ...aboutContainment(locked),
          subjectRef: locked.holderSubjectRef,
        }),
      );
    });
  }

  /** People take over; a customer who is signed in is asked which card they mean. */
  async #end(
    tx: Tx,
    { locked, about, found }: { locked: Containment; about: Case; found: FoundCard },
    reason: ContainmentReason,
  ): Promise<Committed<Identified>> {
    Object.assign(locked, withoutEffect(reason));
    await this.containments.save(tx, locked);
    // Who may have named somebody else's card is told the same whether there is one or not.
    const isOpenlyMissing = !about.fromGuest && !isNamedByCustomer(found);
    if (isOpenlyMissing && reason === 'card_not_identified') {
      const current = await this.register.lock(tx, about.id);
      if (current) await this.register.change(tx, current, { missingFields: ['cardDetails'] });
    }
    return committed(
      nothingToBlock,
      containmentEnded({ ...aboutContainment(locked), subjectRef: about.subjectRef }),
    );
  }

  /** Only a customer's own card is blocked without counting; staff act in their own name. */
  async #isOwn(tx: Tx, { fromGuest, subjectRef }: Case, card: BankCard): Promise<boolean> {
    if (fromGuest) return false;
    const number = await this.subjects.numberOf(tx.manager, subjectRef);
    return number === null || number === card.customerNumber;
  }

  /** Who is over their own limit does not use up the card's. */
  async #isAdmitted(tx: Tx, card: BankCard, { lookup }: FoundCard): Promise<boolean> {
    return lookup?.isAdmittedAsStranger !== false && (await this.limits.admitsCard(tx, card));
  }
}

function isNamedByCustomer({ lookup }: FoundCard): boolean {
  return lookup?.isAdmittedAsStranger !== undefined;
}

import { Injectable } from '@nestjs/common';

import type { BankCard } from '../../banking/index.js';
import { type Actor } from '../../platform/index.js';
import { AuditedTransaction, type Committed, committed, type Tx } from '../../ledger/index.js';
import { CaseRegister } from '../case-register.js';
import { CaseSubjects } from '../case-subjects.js';
import type { Case } from '../case.entity.js';
import { containmentEnded, containmentIdentified, containmentUnchanged } from '../cases.events.js';
import { ContainmentLimits } from './containment-limits.js';
import type { ContainmentReason } from './containment-state.js';
import type { Containment } from './containment.entity.js';
import { aboutContainment, Containments, withoutEffect } from './containments.js';

interface Identified {
  readonly isToBlock: boolean;
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

  /** @returns whether the bank is to block the card now. */
  async identify(
    actor: Actor,
    { containment, about }: { containment: Containment; about: Case },
    card: BankCard | null,
  ): Promise<boolean> {
    const { isToBlock } = await this.audited.run<Identified>(actor, async (tx) => {
      const locked = await this.containments.lock(tx, containment.id);
      if (locked?.pendingEffect !== 'block') {
        return committed(
          { isToBlock: false },
          containmentUnchanged({ ...aboutContainment(locked ?? containment) }),
        );
      }
      if (!card) return this.#end(tx, { locked, about }, 'card_not_identified');
      if (!(await this.#isAdmitted(tx, about, card))) {
        return this.#end(tx, { locked, about }, 'containment_limit');
      }
      locked.cardId = card.id;
      locked.holderSubjectRef = await this.subjects.ofCustomer(tx, card.customerNumber);
      await this.containments.save(tx, locked);
      return committed(
        { isToBlock: true },
        containmentIdentified({
          ...aboutContainment(locked),
          subjectRef: locked.holderSubjectRef,
        }),
      );
    });
    return isToBlock;
  }

  /** People take over; a customer who is signed in is asked which card they mean. */
  async #end(
    tx: Tx,
    { locked, about }: { locked: Containment; about: Case },
    reason: ContainmentReason,
  ): Promise<Committed<Identified>> {
    Object.assign(locked, withoutEffect(reason));
    await this.containments.save(tx, locked);
    // A guest is told the same whether a card was found or not; nothing that they see may change.
    if (!about.fromGuest && reason === 'card_not_identified') {
      const current = await this.register.lock(tx, about.id);
      if (current) await this.register.change(tx, current, { missingFields: ['cardDetails'] });
    }
    return committed(
      { isToBlock: false },
      containmentEnded({ ...aboutContainment(locked), subjectRef: about.subjectRef }),
    );
  }

  /** Only a customer's own card is blocked without counting; staff act in their own name. */
  async #isAdmitted(tx: Tx, about: Case, card: BankCard): Promise<boolean> {
    if (!about.fromGuest) {
      const number = await this.subjects.numberOf(tx.manager, about.subjectRef);
      if (number === null || number === card.customerNumber) return true;
    }
    return this.limits.admitsCard(tx, card);
  }
}

import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { SealedFacts } from '../case-facts.js';
import { CaseRegister } from '../case-register.js';
import type { Case } from '../case.entity.js';
import type { ReportedCard } from '../containment/card-lookup.js';
import type { Containment } from '../containment/containment.entity.js';
import { ContainmentRequest } from './containment-request.js';

/** Puts together how a reporter identifies a card over several messages. */
@Injectable()
export class ToldCards {
  constructor(
    private readonly register: CaseRegister,
    private readonly facts: SealedFacts,
    private readonly containment: ContainmentRequest,
  ) {}

  /**
   * Adds what a message tells. One half of the details waits among the case's facts for the other,
   * and no longer than that; whether a card fits is not known here.
   */
  async add(
    tx: Tx,
    { about, containment }: { about: Case; containment: Containment },
    told: ReportedCard,
  ): Promise<readonly AuditEventDraft[]> {
    const { card: earlier, ...facts } = await this.facts.open(tx.manager, about);
    const customerNumber = told.customerNumber ?? earlier?.customerNumber;
    const lastFour = told.lastFour ?? earlier?.lastFour;
    const card = { numbers: told.numbers, customerNumber, lastFour };
    const lookup = this.containment.lookupOf(tx.actor, { card });
    const kept = lookup ? facts : { ...facts, card: { customerNumber, lastFour } };
    await this.register.change(tx, about, {
      facts: await this.facts.seal(tx.manager, about, kept),
      ...(lookup ? { missingFields: [] } : {}),
    });
    return lookup ? [await this.containment.complete(tx, { about, containment }, lookup)] : [];
  }
}

import { Injectable } from '@nestjs/common';

import { type BankCard, type BankCustomer, CoreBanking } from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import { Notifications } from '../../notifications/index.js';
import { filled, Policies } from '../../policy/index.js';
import type { Case } from '../case.entity.js';
import type { Containment } from './containment.entity.js';

/** Tells the holder of a card that it is blocked, whoever asked for it, and how to undo it. */
@Injectable()
export class HolderNotices {
  constructor(
    private readonly banking: CoreBanking,
    private readonly notifications: Notifications,
    private readonly policies: Policies,
  ) {}

  /** @throws BankUnavailable */
  holderOf(card: BankCard): Promise<BankCustomer | null> {
    return this.banking.findCustomer(card.customerNumber);
  }

  async tellBlocked(
    tx: Tx,
    { about, containment, card }: { about: Case; containment: Containment; card: BankCard },
    holder: BankCustomer | null,
  ): Promise<void> {
    const template = this.policies.template('card-blocked-holder');
    const byPhone = holder?.phone ?? null;
    const destination = byPhone ?? holder?.email ?? null;
    if (destination === null) return;
    await this.notifications.enqueue(tx, {
      channel: byPhone === null ? 'email' : 'sms',
      destination,
      template: template.id,
      text: filled(template.text, { card: card.lastFour, number: about.number }),
      purpose: 'fraud',
      caseId: about.id,
      subjectRef: containment.holderSubjectRef,
    });
  }
}

import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { TeamMessages } from '../../notifications/index.js';

/** Tells compliance that money does not agree, without saying whose. */
@Injectable()
export class MoneyAlerts {
  constructor(private readonly messages: TeamMessages) {}

  tell(tx: Tx, count: number): Promise<void> {
    return this.messages.tell(tx, ['compliance'], {
      template: 'team-money-alert',
      values: { count: String(count) },
      purpose: 'audit',
    });
  }
}

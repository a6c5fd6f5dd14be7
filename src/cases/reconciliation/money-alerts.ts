import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { Notifications, teamAddress } from '../../notifications/index.js';
import { filled, Policies } from '../../policy/index.js';

/** Tells compliance that money does not agree, without saying whose. */
@Injectable()
export class MoneyAlerts {
  constructor(
    private readonly notifications: Notifications,
    private readonly policies: Policies,
  ) {}

  async tell(tx: Tx, count: number): Promise<void> {
    const template = this.policies.template('team-money-alert');
    await this.notifications.enqueue(tx, {
      channel: 'team',
      destination: teamAddress('compliance'),
      template: template.id,
      text: filled(template.text, { count: String(count) }),
      purpose: 'audit',
    });
  }
}

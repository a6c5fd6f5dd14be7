import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { Notifications, teamAddress } from '../notifications/index.js';
import { filled, Policies } from '../policy/index.js';
import type { Case } from './case.entity.js';

/** Tells the bank's teams of a case: number, kind and priority, and nothing about the person. */
@Injectable()
export class TeamAlerts {
  constructor(
    private readonly notifications: Notifications,
    private readonly policies: Policies,
  ) {}

  /** `template`: id of the approved text. */
  async tell(
    tx: Tx,
    about: Case,
    { teams, template: id = 'team-case-alert' }: { teams: readonly string[]; template?: string },
  ): Promise<void> {
    const template = this.policies.template(id);
    const text = filled(template.text, {
      number: about.number,
      type: about.type,
      priority: about.priority,
    });
    for (const team of teams) {
      await this.notifications.enqueue(tx, {
        channel: 'team',
        destination: teamAddress(team),
        template: template.id,
        text,
        purpose: 'case-work',
        caseId: about.id,
      });
    }
  }
}

import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { TeamMessages } from '../notifications/index.js';
import type { Case } from './case.entity.js';

/** Tells the bank's teams of a case: number, kind and priority, and nothing about the person. */
@Injectable()
export class TeamAlerts {
  constructor(private readonly messages: TeamMessages) {}

  /** `template`: id of the approved text. */
  tell(
    tx: Tx,
    { id, number, type, priority }: Case,
    { teams, template = 'team-case-alert' }: { teams: readonly string[]; template?: string },
  ): Promise<void> {
    return this.messages.tell(tx, teams, {
      template,
      values: { number, type, priority },
      purpose: 'case-work',
      caseId: id,
    });
  }
}

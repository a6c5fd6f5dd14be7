import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { Config } from '../platform/index.js';
import { filled, Policies } from '../policy/index.js';
import type { NotificationRequest } from './notification.js';
import { Notifications } from './notifications.js';

/** What a team is told: an approved text by its id, and what is filled into it. */
export interface TeamMessage extends Pick<NotificationRequest, 'purpose' | 'caseId'> {
  readonly template: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Writes to the bank's teams, each at its name in the mail domain of the configuration. */
@Injectable()
export class TeamMessages {
  constructor(
    private readonly notifications: Notifications,
    private readonly policies: Policies,
    private readonly config: Config,
  ) {}

  /** Queues a message to each team, in the caller's transaction. */
  async tell(tx: Tx, teams: readonly string[], message: TeamMessage): Promise<void> {
    const { template, values, ...about } = message;
    const { id, text } = this.policies.template(template);
    for (const team of teams) {
      await this.notifications.enqueue(tx, {
        ...about,
        channel: 'team',
        destination: `${team}@${this.config.teamDomain}`,
        template: id,
        text: filled(text, values),
      });
    }
  }
}

import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { Notifications } from '../notifications/index.js';
import { Policies } from '../policy/index.js';
import type { Case } from './case.entity.js';

const institutionDomain = 'probity.example';

/** Tells the bank's teams of a case: number, kind and priority, and nothing about the person. */
@Injectable()
export class TeamAlerts {
  constructor(
    private readonly notifications: Notifications,
    private readonly policies: Policies,
  ) {}

  async tell(tx: Tx, about: Case, teams: readonly string[]): Promise<void> {
    const template = this.policies.template('team-case-alert');
    const text = filled(template.text, {
      number: about.number,
      type: about.type,
      priority: about.priority,
    });
    for (const team of teams) {
      await this.notifications.enqueue(tx, {
        channel: 'team',
        destination: `${team}@${institutionDomain}`,
        template: template.id,
        text,
        purpose: 'case-work',
        caseId: about.id,
      });
    }
  }
}

/**
 * Fills the places of an approved text.
 *
 * @throws Error for a place that has no value.
 */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, place: string) => {
    const value = values[place];
    if (value === undefined) throw new Error(`The place ${place} of a template is not filled`);
    return value;
  });
}

import { Injectable, type OnModuleInit } from '@nestjs/common';

import {
  AuditedTransaction,
  type AuditEventDraft,
  committed,
  LedgerAlerts,
} from '../ledger/index.js';
import { IdSource, serviceActor } from '../platform/index.js';
import { filled, Policies } from '../policy/index.js';
import { teamAlerted } from './notifications.events.js';
import { Notifications } from './notifications.js';
import { teamAddress } from './team-address.js';

const teams = ['security', 'compliance'];

/** Writes to the bank's teams what the watch over the ledger found: each alert once to each team. */
@Injectable()
export class LedgerAlarm implements OnModuleInit {
  constructor(
    private readonly alerts: LedgerAlerts,
    private readonly audited: AuditedTransaction,
    private readonly notifications: Notifications,
    private readonly policies: Policies,
    private readonly ids: IdSource,
  ) {}

  onModuleInit(): void {
    this.alerts.listen((event) => this.#tell(event));
  }

  async #tell({ type, detail }: AuditEventDraft): Promise<void> {
    const template = this.policies.template('team-ledger-alert');
    const text = filled(template.text, { alert: type, facts: factsOf(detail) });
    await this.audited.run(serviceActor('ledger-alarm', this.ids.random()), async (tx) => {
      for (const team of teams) {
        await this.notifications.enqueue(tx, {
          channel: 'team',
          destination: teamAddress(team),
          template: template.id,
          text,
          purpose: 'audit',
        });
      }
      return committed({}, teamAlerted({ subjectRef: null, detail: { alert: type, teams } }));
    });
  }
}

/** The detail of an alert names places of the record and of the schema, and no person. */
function factsOf(detail: unknown): string {
  return Object.entries(detail as Readonly<Record<string, unknown>>)
    .filter(([, fact]) => fact !== null)
    .map(([name, fact]) => `${name} ${String(fact)}`)
    .join(', ');
}

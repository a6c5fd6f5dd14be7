import { Injectable, type OnModuleInit } from '@nestjs/common';

import {
  AuditedTransaction,
  type AuditEventDraft,
  committed,
  LedgerAlerts,
} from '../ledger/index.js';
import { IdSource, serviceActor } from '../platform/index.js';
import { teamAlerted } from './notifications.events.js';
import { TeamMessages } from './team-messages.js';

const teams = ['security', 'compliance'];

/** Writes to the bank's teams what the watch over the ledger found: each alert once to each team. */
@Injectable()
export class LedgerAlarm implements OnModuleInit {
  constructor(
    private readonly alerts: LedgerAlerts,
    private readonly audited: AuditedTransaction,
    private readonly messages: TeamMessages,
    private readonly ids: IdSource,
  ) {}

  onModuleInit(): void {
    this.alerts.listen((event) => this.#tell(event));
  }

  async #tell({ type, detail }: AuditEventDraft): Promise<void> {
    await this.audited.run(serviceActor('ledger-alarm', this.ids.random()), async (tx) => {
      await this.messages.tell(tx, teams, {
        template: 'team-ledger-alert',
        values: { alert: type, facts: factsOf(detail) },
        purpose: 'audit',
      });
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

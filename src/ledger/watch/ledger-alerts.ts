import { Logger } from '@nestjs/common';

import type { AuditEventDraft } from '../audit-event.js';

/** Called once for each alert, after its event has committed. */
export type AlertListener = (event: AuditEventDraft) => Promise<void>;

/** Tells people what the watch found. The ledger knows nobody: whoever can reach them listens. */
export class LedgerAlerts {
  readonly #logger = new Logger('LedgerWatch');
  readonly #listeners: AlertListener[] = [];

  listen(listener: AlertListener): void {
    this.#listeners.push(listener);
  }

  async raise(event: AuditEventDraft): Promise<void> {
    this.#logger.error(`${event.type} ${JSON.stringify(event.detail)}`);
    for (const listener of this.#listeners) {
      // One that fails keeps nobody else from hearing it; the event stands in any case.
      await listener(event).catch((error: unknown) => this.#logger.error(String(error)));
    }
  }
}

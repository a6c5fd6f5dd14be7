import { Injectable } from '@nestjs/common';

import { AuditedTransaction, committed } from '../../../ledger/index.js';
import { IdSource, serviceActor } from '../../../platform/index.js';
import { StaffDirectory } from '../staff-directory.js';
import { StaffLinks } from '../staff-links.js';
import { staffDisabled } from '../staff.events.js';

/** One account and its event, in one transaction. */
@Injectable()
export class AccountDisabling {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly directory: StaffDirectory,
    private readonly links: StaffLinks,
    private readonly ids: IdSource,
  ) {}

  /** Does nothing where the account was used, or disabled, meanwhile. */
  async disable(id: string, unusedSince: Date): Promise<void> {
    const actor = serviceActor('staff-directory', this.ids.random());
    try {
      await this.audited.run(actor, async (tx) => {
        const entry = await this.directory.lock(tx, id);
        if (!entry || entry.status === 'disabled' || entry.lastUsedAt > unusedSince) {
          throw new UsedMeanwhile();
        }
        await this.directory.disable(tx, id, 'unused');
        await this.links.endAll(tx, id);
        const resource = { kind: 'staff', id };
        const detail = { reason: 'unused' as const, sessionsEnded: 0 };
        return committed({}, staffDisabled({ resource, detail }));
      });
    } catch (error) {
      if (!(error instanceof UsedMeanwhile)) throw error;
    }
  }
}

/** Rolls the transaction back: there is nothing to do and nothing to report. */
class UsedMeanwhile extends Error {
  override readonly name = 'UsedMeanwhile';
}

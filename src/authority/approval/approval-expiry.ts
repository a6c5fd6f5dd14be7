import { Injectable } from '@nestjs/common';

import { AuditedTransaction, committed } from '../../ledger/index.js';
import { IdSource, serviceActor } from '../../platform/index.js';
import { Approvals } from './approvals.js';

/** Somebody decided in the meantime. */
class NotDue extends Error {
  override readonly name = 'NotDue';
}

/** Ends requests that nobody decided in time. */
@Injectable()
export class ApprovalExpiry {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly approvals: Approvals,
    private readonly ids: IdSource,
  ) {}

  async expire(id: string): Promise<void> {
    try {
      await this.audited.run(serviceActor('approvals', this.ids.random()), async (tx) => {
        const request = await this.approvals.lock(tx, id);
        if (!request?.isOpen || request.expiresAt > tx.now) throw new NotDue();
        const [event, ...more] = await this.approvals.settle(tx, request, 'expired');
        return committed({ id }, event, ...more);
      });
    } catch (error) {
      if (!(error instanceof NotDue)) throw error;
    }
  }
}

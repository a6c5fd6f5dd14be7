import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { AuditedTransaction, committed } from '../../ledger/index.js';
import { serviceActor } from '../../platform/index.js';
import { FactorNotices } from '../authenticators/factor-notices.js';
import { RecoveryCodeIssue } from '../authenticators/recovery-code-issue.js';
import { factorRecoveryIssued } from '../verification.events.js';
import { FactorRecoveries } from './factor-recoveries.js';
import { RecoveryContacts } from './recovery-contacts.js';

/** Another process has issued the code, or the recovery is gone: nothing is left to do. */
class NothingDue extends Error {
  override readonly name = 'NothingDue';
}

/** Issues the one code of an approved recovery and sends it to the address that the bank knows. */
@Injectable()
export class RecoveryCodeDelivery {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly recoveries: FactorRecoveries,
    private readonly codes: RecoveryCodeIssue,
    private readonly contacts: RecoveryContacts,
    private readonly notices: FactorNotices,
  ) {}

  /**
   * Does nothing the second time.
   *
   * @throws Problem `service.unavailable` while the bank is silent; the approval is then carried out later.
   */
  async deliver(id: string): Promise<void> {
    const contacts = await this.contacts.contactsOf(id);
    try {
      await this.audited.run(serviceActor('verification', randomUUID()), async (tx) => {
        const recovery = await this.recoveries.lock(tx, id);
        if (recovery?.state !== 'approved') throw new NothingDue();
        const { subjectRef } = recovery;
        const { code, expiresAt } = await this.codes.issueOne(tx, subjectRef);
        await this.notices.sendRecoveryCode(tx, contacts, { subjectRef, code, expiresAt });
        await this.recoveries.moveTo(tx, recovery, 'issued');
        const resource = { kind: 'factor-recovery', id };
        const detail = { expiresAt: expiresAt.toISOString() };
        return committed({}, factorRecoveryIssued({ subjectRef, resource, detail }));
      });
    } catch (error) {
      if (!(error instanceof NothingDue)) throw error;
    }
  }
}

import { Injectable } from '@nestjs/common';

import type { BankCustomer } from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import { Notifications } from '../../notifications/index.js';
import type { SubjectRef } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';

/** What happened to somebody's factors. */
export type FactorChange = 'enrolled' | 'removed' | 'recovery-code-used' | 'recovery-requested';

/**
 * Tells a customer by every address that the bank has, the old ones: whoever changed a factor may be
 * somebody else (OWASP ASVS 5.0.0 6.3.7; NIST SP 800-63B-4 §4.6).
 */
@Injectable()
export class FactorNotices {
  constructor(
    private readonly notifications: Notifications,
    private readonly policies: Policies,
  ) {}

  /** Sends the code of an approved recovery to the mailbox that the bank knows. */
  async sendRecoveryCode(
    tx: Tx,
    contacts: BankCustomer | null,
    sent: { readonly subjectRef: SubjectRef; readonly code: string; readonly expiresAt: Date },
  ): Promise<void> {
    const template = this.policies.template('factor-recovery-code');
    await this.notifications.enqueue(tx, {
      channel: 'email',
      destination: contacts?.email ?? null,
      template: template.id,
      text: template.text.replace('{code}', sent.code),
      purpose: 'factor-change',
      subjectRef: sent.subjectRef,
      expiresAt: sent.expiresAt,
    });
  }

  async tell(
    tx: Tx,
    contacts: BankCustomer | null,
    what: { readonly change: FactorChange; readonly subjectRef: SubjectRef },
  ): Promise<void> {
    const template = this.policies.template(`factor-${what.change}`);
    const addresses = [
      { channel: 'sms' as const, destination: contacts?.phone ?? null },
      { channel: 'email' as const, destination: contacts?.email ?? null },
    ];
    for (const { channel, destination } of addresses) {
      if (destination === null) continue;
      await this.notifications.enqueue(tx, {
        channel,
        destination,
        template: template.id,
        text: template.text,
        purpose: 'factor-change',
        subjectRef: what.subjectRef,
      });
    }
  }
}

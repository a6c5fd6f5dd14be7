import { Injectable } from '@nestjs/common';

import type { BankCustomer } from '../../banking/index.js';
import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { authenticatorEnrolled, recoveryCodesIssued } from '../verification.events.js';
import { type AuthenticatorMethod, AuthenticatorStore } from './authenticator-store.js';
import type { EnrolledAuthenticator } from './enrol-authenticator.command.js';
import { FactorNotices } from './factor-notices.js';
import { RecoveryCodeIssue } from './recovery-code-issue.js';
import { TotpFactor } from './totp-factor.js';

interface Enrolled {
  readonly view: EnrolledAuthenticator;
  readonly event: AuditEventDraft;
}

/** Adds factors, inside the caller's transaction. */
@Injectable()
export class FactorEnrolment {
  constructor(
    private readonly store: AuthenticatorStore,
    private readonly totp: TotpFactor,
    private readonly codes: RecoveryCodeIssue,
    private readonly notices: FactorNotices,
  ) {}

  async enrol(
    tx: Tx,
    method: AuthenticatorMethod,
    contacts: BankCustomer | null,
  ): Promise<Enrolled> {
    const { subjectRef } = tx.actor;
    if (subjectRef === null) throw new Error('Only a customer has factors');
    await this.store.lockFactors(tx, subjectRef);
    if (method === 'recovery-code') {
      const view = await this.codes.issueSet(tx, subjectRef);
      await this.notices.tell(tx, contacts, { change: 'enrolled', subjectRef });
      const resource = { kind: 'authenticator', id: view.id };
      return { view, event: recoveryCodesIssued({ subjectRef, resource, detail: { method } }) };
    }
    const { id, otpauthUri, qrSvg } = await this.totp.begin(tx, subjectRef);
    const resource = { kind: 'authenticator', id };
    return {
      view: { id, method, state: 'pending', otpauthUri, qrSvg },
      event: authenticatorEnrolled({ subjectRef, resource, detail: { method } }),
    };
  }
}

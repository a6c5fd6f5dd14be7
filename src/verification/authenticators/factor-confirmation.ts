import { Injectable } from '@nestjs/common';

import type { BankCustomer } from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import { type Actor, Clock } from '../../platform/index.js';
import { Recipients } from '../recipients.js';
import { type Authenticator, AuthenticatorStore } from './authenticator-store.js';
import { TotpFactor } from './totp-factor.js';

/** A first code before it is looked at. */
export interface AdmittedConfirmation {
  readonly factor: Authenticator;
  readonly contacts: BankCustomer | null;
  /** False where the enrolment is over: confirmed, too old, or too many codes were wrong. */
  readonly mayCount: boolean;
}

/** Counts first codes before it looks at them, and makes a pending factor the active one. */
@Injectable()
export class FactorConfirmation {
  constructor(
    private readonly store: AuthenticatorStore,
    private readonly totp: TotpFactor,
    private readonly recipients: Recipients,
    private readonly clock: Clock,
  ) {}

  /** Null for an unknown, malformed or somebody else's id. */
  async admit(actor: Actor, id: string): Promise<AdmittedConfirmation | null> {
    const factor = await this.store.findOwn(actor.subjectRef, id);
    if (!factor) return null;
    const contacts = await this.recipients.contactsOf(actor.customerNumber ?? '');
    const mayCount = await this.store.countConfirmation(id, this.clock.now());
    return { factor, contacts, mayCount };
  }

  /** The factor as it is active now; null where the code is wrong or another request was first. */
  async confirm(tx: Tx, factor: Authenticator, code: string): Promise<Authenticator | null> {
    const step = await this.totp.stepOf(tx, factor, code);
    if (step === null) return null;
    await this.store.lockFactors(tx, factor.subjectRef);
    // The step is taken with it: the first code opens nothing else.
    if (!(await this.store.activate(tx, factor, step))) return null;
    return this.store.findActive(tx, {
      authenticatorId: factor.id,
      subjectRef: factor.subjectRef,
    });
  }
}

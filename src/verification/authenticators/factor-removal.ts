import { Injectable } from '@nestjs/common';

import type { BankCustomer } from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { Recipients } from '../recipients.js';
import { type Authenticator, AuthenticatorStore } from './authenticator-store.js';
import { FactorNotices } from './factor-notices.js';

/** A factor of the actor's own, and whom to tell of what becomes of it. */
export interface OwnFactor {
  readonly factor: Authenticator;
  readonly contacts: BankCustomer | null;
}

/** Takes factors away and tells their owner. */
@Injectable()
export class FactorRemoval {
  constructor(
    private readonly store: AuthenticatorStore,
    private readonly recipients: Recipients,
    private readonly notices: FactorNotices,
  ) {}

  /** Null for an unknown, malformed or somebody else's id. */
  async find(actor: Actor, id: string): Promise<OwnFactor | null> {
    const factor = await this.store.findOwn(actor.subjectRef, id);
    if (!factor) return null;
    return { factor, contacts: await this.recipients.contactsOf(actor.customerNumber ?? '') };
  }

  /** False where another request was first. */
  async remove(tx: Tx, { factor, contacts }: OwnFactor): Promise<boolean> {
    const { id, subjectRef } = factor;
    await this.store.lockFactors(tx, subjectRef);
    if (!(await this.store.remove(tx, id))) return false;
    await this.notices.tell(tx, contacts, { change: 'removed', subjectRef });
    return true;
  }
}

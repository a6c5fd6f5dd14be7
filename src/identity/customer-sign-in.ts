import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import type { AccessToken } from './access-tokens.js';
import { type CustomerSession, CustomerSessions } from './customer-sessions.js';
import { Customers } from './customers.js';

/** What the passcode proves: one factor of knowledge (RFC 8176 `pin`), the bank's login in the demo. */
const passcodeProof = { acr: 'aal1', amr: ['pin'], method: 'passcode' } as const;

/** Opens the session of a customer whose number the bank has vouched for. */
@Injectable()
export class CustomerSignIn {
  constructor(
    private readonly customers: Customers,
    private readonly sessions: CustomerSessions,
  ) {}

  async open(
    tx: Tx,
    customerNumber: string,
  ): Promise<{ session: CustomerSession; token: AccessToken }> {
    const subjectRef = await this.customers.getOrCreate(tx, customerNumber);
    const session = await this.sessions.open(tx, subjectRef, passcodeProof);
    return { session, token: await this.sessions.issueToken(session) };
  }
}

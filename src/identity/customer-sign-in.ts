import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import type { AccessToken } from './access-tokens.js';
import { type CustomerSession, CustomerSessions, type Proof } from './customer-sessions.js';
import { Customers } from './customers.js';
import { CustomerRefreshTokens } from './refresh-tokens.js';

/** A session that was just opened, and the tokens that go with it. */
export interface OpenedSession {
  readonly session: CustomerSession;
  readonly tokens: AccessToken & { readonly refreshToken: string };
}

/** Opens the session of a customer whose number the bank has vouched for. */
@Injectable()
export class CustomerSignIn {
  constructor(
    private readonly customers: Customers,
    private readonly sessions: CustomerSessions,
    private readonly refreshTokens: CustomerRefreshTokens,
  ) {}

  async open(
    tx: Tx,
    { customerNumber, proof }: { readonly customerNumber: string; readonly proof: Proof },
  ): Promise<OpenedSession> {
    const subjectRef = await this.customers.getOrCreate(tx, customerNumber);
    const session = await this.sessions.open(tx, subjectRef, proof);
    const refreshToken = await this.refreshTokens.issue(tx, session.id);
    return { session, tokens: { ...(await this.sessions.issueToken(session)), refreshToken } };
  }
}

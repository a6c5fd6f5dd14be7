import { Injectable } from '@nestjs/common';

import { type AccessToken, type CustomerSession, CustomerSessions } from '../identity/index.js';
import type { Tx } from '../ledger/index.js';
import { Policies } from '../policy/index.js';
import { raisedBy, reachesMost } from './assurance.js';
import { AttemptCounters } from './attempt-counters.js';
import type { Challenge } from './challenge.entity.js';
import { FactorCheck } from './factor-check.js';

/** How the comparison of a code ended. */
export type Redeemed =
  | { readonly kind: 'right'; readonly session: CustomerSession; readonly token: AccessToken }
  | { readonly kind: 'wrong' | 'reused' | 'closed' | 'session_ended' };

/** Has a code compared and taken, and raises the session, in one transaction. */
@Injectable()
export class Redemption {
  constructor(
    private readonly factors: FactorCheck,
    private readonly counters: AttemptCounters,
    private readonly sessions: CustomerSessions,
    private readonly policies: Policies,
  ) {}

  async redeem(
    tx: Tx,
    challenge: Challenge,
    given: { code: string; mayCount: boolean },
  ): Promise<Redeemed> {
    const verdict = await this.factors.check(tx, challenge, given);
    if (verdict !== 'right') return { kind: verdict };
    await this.#forgive(tx, challenge);
    return this.#raise(tx, challenge);
  }

  /**
   * Failures are forgiven to whoever proves as much as was guessed at (NIST SP 800-63B-4 §3.2.2): else
   * a mailbox would buy guesses at the codes of a phone.
   */
  #forgive(tx: Tx, challenge: Challenge): Promise<void> {
    const kind = challenge.claimedNumber === null ? 'customer' : 'guest';
    return reachesMost(challenge.method, kind, this.policies.assurance)
      ? this.counters.reset(tx, challenge)
      : this.counters.giveBack(tx, challenge);
  }

  async #raise(tx: Tx, { sessionId, method }: Challenge): Promise<Redeemed> {
    const session = await this.sessions.raise(tx, sessionId, (held) => ({
      ...raisedBy(method, held, this.policies.assurance),
      method,
    }));
    if (!session) return { kind: 'session_ended' };
    return { kind: 'right', session, token: await this.sessions.issueToken(session) };
  }
}

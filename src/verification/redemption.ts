import { Injectable } from '@nestjs/common';

import { type AccessToken, type CustomerSession, CustomerSessions } from '../identity/index.js';
import type { Tx } from '../ledger/index.js';
import { type Actor, KeyStore } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { raisedBy } from './assurance.js';
import { AttemptCounters } from './attempt-counters.js';
import { ChallengeStore } from './challenge-store.js';
import { Challenge } from './challenge.entity.js';
import { digestCode, normaliseCode, sameDigest } from './one-time-code.js';

/** How the comparison of a code ended. */
export type Redeemed =
  | { readonly kind: 'right'; readonly session: CustomerSession; readonly token: AccessToken }
  | { readonly kind: 'wrong' | 'closed' | 'session_ended' };

/** Compares a code, takes the challenge for good and raises the session, in one transaction. */
@Injectable()
export class Redemption {
  constructor(
    private readonly keys: KeyStore,
    private readonly store: ChallengeStore,
    private readonly counters: AttemptCounters,
    private readonly sessions: CustomerSessions,
    private readonly policies: Policies,
  ) {}

  /**
   * @param mayCount whether the attempt was counted. Where it was not, the same work is done and its
   *   outcome is not looked at.
   */
  async redeem(
    tx: Tx,
    challenge: Challenge,
    { code, actor, mayCount }: { code: string; actor: Actor; mayCount: boolean },
  ): Promise<Redeemed> {
    const digest = digestCode(this.keys, challenge, normaliseCode(code));
    const fits = sameDigest(digest, challenge.codeDigest);
    if (!mayCount) return { kind: 'closed' };
    if (!fits) return { kind: 'wrong' };
    if (!(await this.store.consume(tx, challenge.id, digest))) return { kind: 'closed' };
    await this.counters.reset(tx, challenge);
    return this.#raise(tx, challenge, actor);
  }

  async #raise(tx: Tx, { sessionId, method }: Challenge, actor: Actor): Promise<Redeemed> {
    const kind = actor.kind === 'guest' ? 'guest' : 'customer';
    const reached = raisedBy(method, { kind, amr: actor.assurance.amr }, this.policies.assurance);
    const session = await this.sessions.raise(tx, sessionId, { ...reached, method });
    if (!session) return { kind: 'session_ended' };
    return { kind: 'right', session, token: await this.sessions.issueToken(session) };
  }
}

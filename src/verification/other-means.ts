import { Injectable } from '@nestjs/common';

import { Customers } from '../identity/index.js';
import { AppDatabase, type ChallengeId, Clock, meetsAssurance } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { countsForMoney } from './authenticators/authenticator-store.js';
import { Challenge, type ChallengeMethod, isSent } from './challenge.entity.js';
import { type Means, Recipients } from './recipients.js';

/** Finds how else somebody can answer a challenge than by the way that failed. */
@Injectable()
export class OtherMeans {
  constructor(
    private readonly database: AppDatabase,
    private readonly recipients: Recipients,
    private readonly customers: Customers,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  find(id: ChallengeId): Promise<Challenge | null> {
    return this.database.manager.findOneBy(Challenge, { id });
  }

  /**
   * The strongest other means that proves no less than the one that failed; null where there is none.
   *
   * @throws BankUnavailable
   */
  async of(challenge: Challenge): Promise<Means | null> {
    const customerNumber = await this.#numberOf(challenge);
    if (customerNumber === null) return null;
    const kind = challenge.claimedNumber === null ? 'customer' : 'guest';
    const { subjectRef } = challenge;
    const all = await this.recipients.listMeans({ kind, subjectRef }, customerNumber);
    return all.find((means) => this.#serves(means, challenge, kind)) ?? null;
  }

  #serves(means: Means, challenge: Challenge, kind: 'customer' | 'guest'): boolean {
    if (means.method === challenge.method) return false;
    const [reached, needed] = [means.method, challenge.method].map((method) =>
      this.#reach(method, kind),
    );
    if (!reached || !needed || !meetsAssurance(reached, needed)) return false;
    if (isSent(means.method)) return means.destination !== null;
    const isMoney = challenge.amountMinor !== null;
    const { authenticator } = means;
    if (authenticator === null || authenticator.codesLeft === 0) return false;
    return !isMoney || countsForMoney(authenticator, this.clock.now());
  }

  #reach(method: ChallengeMethod, kind: 'customer' | 'guest') {
    const rule = this.policies.assurance.methods.find((one) => one.method === method);
    if (!rule?.offered) return undefined;
    return kind === 'guest' ? rule.guestRaisesTo : rule.raisesTo;
  }

  async #numberOf(challenge: Challenge): Promise<string | null> {
    if (challenge.claimedNumber !== null) return this.recipients.claimOf(challenge);
    const { manager } = this.database;
    const [row] = await manager.query<{ number: Buffer }[]>(
      'SELECT number FROM customers WHERE subject_ref = $1',
      [challenge.subjectRef],
    );
    return row ? this.customers.readNumber(manager, challenge.subjectRef, row.number) : null;
  }
}

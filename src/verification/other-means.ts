import { Injectable } from '@nestjs/common';

import { Customers } from '../identity/index.js';
import {
  AppDatabase,
  type AssuranceLevel,
  type ChallengeId,
  Clock,
  meetsAssurance,
} from '../platform/index.js';
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
   * The strongest other means that proves no less than the one that failed; null where there is none,
   * and for a guest: a challenge that goes another way would show that the number they claim is somebody's.
   *
   * @throws BankUnavailable
   */
  async of(challenge: Challenge): Promise<Means | null> {
    if (challenge.claimedNumber !== null) return null;
    const { subjectRef } = challenge;
    const customerNumber = await this.customers.numberOf(this.database.manager, subjectRef);
    if (customerNumber === null) return null;
    const all = await this.recipients.listMeans({ kind: 'customer', subjectRef }, customerNumber);
    return all.find((means) => this.#serves(means, challenge)) ?? null;
  }

  #serves(means: Means, challenge: Challenge): boolean {
    if (means.method === challenge.method) return false;
    const [reached, needed] = [means.method, challenge.method].map((method) => this.#reach(method));
    if (!reached || !needed || !meetsAssurance(reached, needed)) return false;
    if (isSent(means.method)) return means.destination !== null;
    const isMoney = challenge.amountMinor !== null;
    const { authenticator } = means;
    if (authenticator === null || authenticator.codesLeft === 0) return false;
    return !isMoney || countsForMoney(authenticator, this.clock.now());
  }

  #reach(method: ChallengeMethod): AssuranceLevel | undefined {
    const rule = this.policies.assurance.methods.find((one) => one.method === method);
    return rule?.offered ? rule.raisesTo : undefined;
  }
}

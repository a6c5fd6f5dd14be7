import { Injectable } from '@nestjs/common';

import { insufficientAssurance } from '../authority/index.js';
import type { AuditEventDraft, Tx } from '../ledger/index.js';
import { KeyStore, type MinorMoney, type Problem } from '../platform/index.js';
import { type AssuranceRequirement, Policies } from '../policy/index.js';
import { AuthenticatorStore, countsForMoney } from './authenticators/authenticator-store.js';
import { ChallengeStore } from './challenge-store.js';
import type { Challenge } from './challenge.entity.js';
import { digestContext, sameDigest } from './one-time-code.js';
import { aboutOf } from './open-challenge.js';
import { grantUsed, grantVoided } from './verification.events.js';

/** What is to be done under a grant: exactly what the customer was asked to confirm. */
export interface GrantUse {
  readonly purpose: string;
  /** Id of the requirement in `assurance.yaml` that says by which methods and how fresh. */
  readonly requirement: string;
  readonly resource: string;
  /** Where money moves, with the payee: both as the code was bound to them. */
  readonly amount?: MinorMoney;
  readonly payee?: string;
}

export type GrantTaken =
  | { readonly granted: true; readonly event: AuditEventDraft }
  | {
      readonly granted: false;
      /** 401 with the challenge of RFC 9470. Answer it with `failed`: what was voided stays void. */
      readonly problem: Problem;
      readonly events: readonly AuditEventDraft[];
    };

/**
 * What a right code is good for beyond reading: one act, once. A grant belongs to the session, purpose
 * and resource of its challenge, and where money moves to amount and payee (Regulation (EU) 2018/389
 * Art. 5). Asking for anything else voids it.
 */
@Injectable()
export class Grants {
  constructor(
    private readonly keys: KeyStore,
    private readonly store: ChallengeStore,
    private readonly authenticators: AuthenticatorStore,
    private readonly policies: Policies,
  ) {}

  /** Takes the grant for this act in the caller's transaction: of any number at once, one gets it. */
  async take(tx: Tx, use: GrantUse): Promise<GrantTaken> {
    const requirement = this.#requirementOf(use);
    const held = await this.store.lockGrants(tx, use.purpose);
    for (const challenge of held) {
      if (!(await this.#covers(tx, challenge, { use, requirement }))) continue;
      await this.store.useGrants(tx, [challenge.id]);
      const { detail, ...about } = aboutOf(challenge);
      const dynamicallyLinked = challenge.amountMinor !== null;
      return {
        granted: true,
        event: grantUsed({ ...about, detail: { ...detail, dynamicallyLinked } }),
      };
    }
    return this.#refuse(tx, { use, requirement, held });
  }

  /** Whatever this session's codes are good for, they are good for it no more. */
  async voidAll(tx: Tx): Promise<readonly AuditEventDraft[]> {
    const held = await this.store.lockGrants(tx, null);
    await this.store.useGrants(
      tx,
      held.map(({ id }) => id),
    );
    return held.map((challenge) => grantVoided({ ...aboutOf(challenge), outcome: 'failed' }));
  }

  /** Any change voids (Art. 5(1)(d)): a grant for money whose amount, payee or resource is another is gone. */
  async #refuse(
    tx: Tx,
    refused: { use: GrantUse; requirement: AssuranceRequirement; held: readonly Challenge[] },
  ): Promise<GrantTaken> {
    const problem = insufficientAssurance(refused.requirement);
    if (refused.use.amount === undefined) return { granted: false, problem, events: [] };
    const linked = refused.held.filter(({ amountMinor }) => amountMinor !== null);
    await this.store.useGrants(
      tx,
      linked.map(({ id }) => id),
    );
    const events = linked.map((challenge) =>
      grantVoided({ ...aboutOf(challenge), outcome: 'failed' }),
    );
    return { granted: false, problem, events };
  }

  async #covers(
    tx: Tx,
    challenge: Challenge,
    { use, requirement }: { use: GrantUse; requirement: AssuranceRequirement },
  ): Promise<boolean> {
    const { methods, ageSecondsMax } = requirement;
    if (methods !== null && !methods.includes(challenge.method)) return false;
    const age = tx.now.getTime() - (challenge.finishedAt?.getTime() ?? 0);
    if (ageSecondsMax !== null && age > ageSecondsMax * 1000) return false;
    if (use.amount === undefined) {
      const { resource, amountMinor } = challenge;
      return amountMinor === null && (resource === null || resource === use.resource);
    }
    return this.#isLinked(challenge, use) && (await this.#hasCooledOff(tx, challenge));
  }

  /** Compared as a whole, under the key that bound it: no part can be swapped in the row. */
  #isLinked(challenge: Challenge, { resource, amount, payee }: GrantUse): boolean {
    if (!amount || payee === undefined) return false;
    const { sessionId, subjectRef, method, purpose, destinationDigest } = challenge;
    const asked = { sessionId, subjectRef, method, purpose, destinationDigest, resource };
    const linked = {
      ...asked,
      amountMinor: amount.amountMinor.toString(),
      currency: amount.currency,
    };
    return sameDigest(digestContext(this.keys, linked, payee), challenge.contextDigest);
  }

  async #hasCooledOff(tx: Tx, challenge: Challenge): Promise<boolean> {
    if (challenge.authenticatorId === null) return true;
    const factor = await this.authenticators.findActive(tx, challenge);
    return factor !== null && countsForMoney(factor, tx.now);
  }

  #requirementOf({ requirement }: GrantUse): AssuranceRequirement {
    const found = this.policies.assurance.requirements.find(({ id }) => id === requirement);
    if (!found) throw new Error(`No requirement ${requirement} in the policy`);
    return found;
  }
}

import { Injectable } from '@nestjs/common';

import {
  type Actor,
  type ChallengeId,
  IdSource,
  KeyStore,
  type MinorMoney,
  type SessionId,
  type SubjectRef,
} from '../platform/index.js';
import { AttemptCounters } from './attempt-counters.js';
import { Challenge } from './challenge.entity.js';
import { digestContext, digestDestination, digestOfNoCode } from './one-time-code.js';
import { openPayee, sealPayee } from './payee.js';
import type { Means } from './recipients.js';

/** What a code is asked for, and how. The means were found before the transaction. */
export interface OpenChallenge {
  readonly actor: Actor;
  readonly means: Means;
  readonly purpose: string;
  /** What the code is good for, where not for all that the purpose covers: `account/…`, `case/…`. */
  readonly resource?: string | null;
  /** Where money moves: the code is bound to both, and any change voids it. */
  readonly amount?: MinorMoney | null;
  readonly payee?: string | null;
  /** The customer number that a guest claims, and as it lies encrypted under the guest's key. */
  readonly claim?: { readonly customerNumber: string; readonly sealed: Buffer };
}

/** Binds a question for a code to everything that the code will be good for. */
@Injectable()
export class ChallengeDrafts {
  constructor(
    private readonly keys: KeyStore,
    private readonly ids: IdSource,
    private readonly counters: AttemptCounters,
  ) {}

  draft(request: OpenChallenge, now: Date): Challenge {
    const { actor, means, purpose, claim, payee = null } = request;
    const { sessionId, subjectRef } = ownerOf(actor);
    const id = this.ids.ordered<ChallengeId>();
    const challenge = Object.assign(new Challenge(), {
      id,
      sessionId,
      subjectRef,
      counterScope: claim
        ? this.counters.scopeOfClaim(claim.customerNumber)
        : this.counters.scopeOfAccount(subjectRef),
      method: means.method,
      authenticatorId: means.authenticator?.id ?? null,
      purpose,
      resource: request.resource ?? null,
      amountMinor: request.amount?.amountMinor.toString() ?? null,
      currency: request.amount?.currency ?? null,
      payee: payee === null ? null : sealPayee(this.keys, id, payee),
      claimedNumber: claim?.sealed ?? null,
      codeDigest: digestOfNoCode(),
      state: 'open',
      createdAt: now,
      sentAt: now,
      expiresAt: now,
      finishedAt: null,
      grantUsedAt: null,
    } satisfies Partial<Challenge>);
    challenge.destinationDigest = digestDestination(
      this.keys,
      means.authenticator?.id ?? means.destination,
      challenge.counterScope,
    );
    challenge.contextDigest = digestContext(this.keys, challenge, payee);
    return challenge;
  }

  /** Whether two challenges ask about the same thing, by whatever method. */
  isSameMatter(one: Challenge, other: Challenge): boolean {
    return (
      one.purpose === other.purpose &&
      one.resource === other.resource &&
      one.amountMinor === other.amountMinor &&
      one.currency === other.currency &&
      this.#payeeOf(one) === this.#payeeOf(other)
    );
  }

  #payeeOf({ id, payee }: Challenge): string | null {
    return payee === null ? null : openPayee(this.keys, id, payee);
  }
}

function ownerOf({ sessionId, subjectRef }: Actor): {
  sessionId: SessionId;
  subjectRef: SubjectRef;
} {
  if (sessionId === null || subjectRef === null)
    throw new Error('Only a session can be challenged');
  return { sessionId, subjectRef };
}

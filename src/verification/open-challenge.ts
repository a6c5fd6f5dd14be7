import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, Tx } from '../ledger/index.js';
import {
  type Actor,
  type ChallengeId,
  IdSource,
  KeyStore,
  type MinorMoney,
  type RateState,
  type SessionId,
  type SubjectRef,
} from '../platform/index.js';
import { AttemptCounters } from './attempt-counters.js';
import { ChallengeDispatch } from './challenge-dispatch.js';
import { ChallengeStore } from './challenge-store.js';
import type { ChallengeView } from './challenge-view.js';
import { Challenge, type ChallengeMethod } from './challenge.entity.js';
import { digestContext, digestDestination, digestOfNoCode, sameDigest } from './one-time-code.js';
import { sealPayee } from './payee.js';
import {
  challengeCreated,
  challengeExpired,
  challengeLimited,
  challengeReused,
  challengeSuperseded,
} from './verification.events.js';

/** What a code is asked for. The phone is the bank's answer, fetched before the transaction. */
export interface OpenChallenge {
  readonly actor: Actor;
  readonly method: Extract<ChallengeMethod, 'sms'>;
  readonly purpose: string;
  /** What the code is good for, where not for all that the purpose covers: `account/…`, `case/…`. */
  readonly resource?: string | null;
  /** Where money moves: the code is bound to both, and any change voids it. */
  readonly amount?: MinorMoney | null;
  readonly payee?: string | null;
  /** E.164; null tells nobody and takes as long. */
  readonly phone: string | null;
  /** The customer number that a guest claims, and as it lies encrypted under the guest's key. */
  readonly claim?: { readonly customerNumber: string; readonly sealed: Buffer };
}

/** `limited`: a limit on sending has no room and nothing was sent; the message is answered all the same. */
export type OpenedChallenge =
  | {
      readonly kind: 'opened';
      readonly view: ChallengeView;
      readonly events: readonly [AuditEventDraft, ...AuditEventDraft[]];
    }
  | {
      readonly kind: 'limited';
      readonly resendAt: string;
      readonly rate: RateState;
      readonly events: readonly [AuditEventDraft, ...AuditEventDraft[]];
    };

/** Opens challenges inside the caller's transaction, or answers with the one that is open already. */
@Injectable()
export class ChallengeOpening {
  constructor(
    private readonly keys: KeyStore,
    private readonly ids: IdSource,
    private readonly counters: AttemptCounters,
    private readonly store: ChallengeStore,
    private readonly dispatch: ChallengeDispatch,
  ) {}

  async open(tx: Tx, request: OpenChallenge): Promise<OpenedChallenge> {
    const challenge = this.#draft(request, tx.now);
    const present = await this.store.findOpen(tx, challenge);
    if (present && isSame(present, challenge, tx.now)) return this.#reuse(tx, present, request);

    await tx.query('SAVEPOINT sending');
    const rate = await this.dispatch.takeSend(tx, challenge);
    // Who waited for the limit's row may find that another request has opened the same by now.
    const rival = await this.store.findOpen(tx, challenge);
    if (rival && isSame(rival, challenge, tx.now)) {
      await tx.query('ROLLBACK TO SAVEPOINT sending');
      return this.#reuse(tx, rival, request);
    }
    if (!rate.allowed) {
      await tx.query('ROLLBACK TO SAVEPOINT sending');
      return limited(tx, challenge, rate);
    }
    const ended = rival ? await this.#end(tx, rival) : [];
    const view = await this.dispatch.send(tx, challenge, { phone: request.phone, rate });
    return { kind: 'opened', view, events: [createdEvent(challenge), ...ended] };
  }

  #draft(request: OpenChallenge, now: Date): Challenge {
    const { actor, method, purpose, claim, phone, payee = null } = request;
    const { sessionId, subjectRef } = ownerOf(actor);
    const id = this.ids.ordered<ChallengeId>();
    const challenge = Object.assign(new Challenge(), {
      id,
      sessionId,
      subjectRef,
      counterScope: claim
        ? this.counters.scopeOfClaim(claim.customerNumber)
        : this.counters.scopeOfAccount(subjectRef),
      method,
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
    challenge.destinationDigest = digestDestination(this.keys, phone, challenge.counterScope);
    challenge.contextDigest = digestContext(this.keys, challenge, payee);
    return challenge;
  }

  async #reuse(tx: Tx, challenge: Challenge, { phone }: OpenChallenge): Promise<OpenedChallenge> {
    const view = await this.dispatch.view(tx, challenge, { phone });
    return { kind: 'opened', view, events: [challengeReused(aboutOf(challenge))] };
  }

  /** A change of anything that a code is bound to voids it (dynamic linking). */
  async #end(tx: Tx, challenge: Challenge): Promise<AuditEventDraft[]> {
    const isExpired = !challenge.isOpen(tx.now);
    if (!(await this.store.end(tx, challenge.id, isExpired ? 'expired' : 'superseded'))) return [];
    const about = aboutOf(challenge);
    return [
      isExpired ? challengeExpired({ ...about, outcome: 'failed' }) : challengeSuperseded(about),
    ];
  }
}

function isSame(present: Challenge, wanted: Challenge, now: Date): boolean {
  return present.isOpen(now) && sameDigest(present.contextDigest, wanted.contextDigest);
}

function ownerOf({ sessionId, subjectRef }: Actor): {
  sessionId: SessionId;
  subjectRef: SubjectRef;
} {
  if (sessionId === null || subjectRef === null)
    throw new Error('Only a session can be challenged');
  return { sessionId, subjectRef };
}

/** What every event of a challenge says. */
export function aboutOf(challenge: Challenge): {
  subjectRef: SubjectRef;
  resource: { kind: string; id: string };
  detail: { method: string; purpose: string };
} {
  const { id, method, purpose, subjectRef } = challenge;
  return { subjectRef, resource: { kind: 'challenge', id }, detail: { method, purpose } };
}

function createdEvent(challenge: Challenge): AuditEventDraft {
  const about = aboutOf(challenge);
  return challengeCreated({
    ...about,
    detail: {
      ...about.detail,
      dynamicallyLinked: challenge.amountMinor !== null,
      expiresAt: challenge.expiresAt.toISOString(),
    },
  });
}

function limited(tx: Tx, challenge: Challenge, rate: RateState): OpenedChallenge {
  const { subjectRef, detail } = aboutOf(challenge);
  return {
    kind: 'limited',
    resendAt: new Date(tx.now.getTime() + rate.retryAfterSeconds * 1000).toISOString(),
    rate,
    events: [challengeLimited({ subjectRef, outcome: 'refused', code: 'rate.exceeded', detail })],
  };
}

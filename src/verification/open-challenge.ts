import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, Tx } from '../ledger/index.js';
import type { DeliveryObstacle } from '../notifications/index.js';
import type { RateState, SubjectRef } from '../platform/index.js';
import { ChallengeDrafts, type OpenChallenge } from './challenge-drafts.js';
import { ChallengeDispatch } from './challenge-dispatch.js';
import { ChallengeStore } from './challenge-store.js';
import type { ChallengeView } from './challenge-view.js';
import { type Challenge, isSent, type SentMethod } from './challenge.entity.js';
import { sameDigest } from './one-time-code.js';
import { PendingIntents } from './pending-intents.js';
import {
  challengeCreated,
  challengeExpired,
  challengeLimited,
  challengeReused,
  challengeSuperseded,
} from './verification.events.js';

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
    private readonly drafts: ChallengeDrafts,
    private readonly store: ChallengeStore,
    private readonly dispatch: ChallengeDispatch,
    private readonly pending: PendingIntents,
  ) {}

  /** What keeps codes of a method from being sent to anybody now. */
  obstacleTo(method: SentMethod): Promise<DeliveryObstacle | null> {
    return this.dispatch.obstacleTo(method);
  }

  async open(tx: Tx, request: OpenChallenge): Promise<OpenedChallenge> {
    const challenge = this.drafts.draft(request, tx.now);
    const present = await this.store.findOpen(tx, challenge);
    if (present && isSame(present, challenge, tx.now)) return this.#reuse(tx, present, request);
    if (!isSent(challenge.method)) return this.#put(tx, challenge, present);

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
    const ended = rival ? await this.#end(tx, rival, challenge) : [];
    const { destination } = request.means;
    const view = await this.dispatch.send(tx, challenge, { destination, rate });
    return { kind: 'opened', view, events: [createdEvent(challenge), ...ended] };
  }

  /** Nothing is sent, so that no limit on sending counts: attempts have their own. */
  async #put(tx: Tx, challenge: Challenge, present: Challenge | null): Promise<OpenedChallenge> {
    const ended = present ? await this.#end(tx, present, challenge) : [];
    const view = await this.dispatch.put(tx, challenge);
    return { kind: 'opened', view, events: [createdEvent(challenge), ...ended] };
  }

  async #reuse(tx: Tx, challenge: Challenge, { means }: OpenChallenge): Promise<OpenedChallenge> {
    const view = await this.dispatch.view(tx, challenge, { destination: means.destination });
    return { kind: 'opened', view, events: [challengeReused(aboutOf(challenge))] };
  }

  /**
   * A change of anything that a code is bound to voids it (dynamic linking). Where only the method
   * changed, what waited for the old challenge waits for the new one.
   */
  async #end(tx: Tx, challenge: Challenge, next: Challenge): Promise<AuditEventDraft[]> {
    if (this.drafts.isSameMatter(challenge, next))
      await this.pending.move(tx, challenge.id, next.id);
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

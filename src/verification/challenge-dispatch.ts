import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import type { DeliveryObstacle } from '../notifications/index.js';
import type { RateState } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { maskEmail, maskPhone } from '../privacy/index.js';
import { AttemptCounters } from './attempt-counters.js';
import { ChallengeCodes } from './challenge-codes.js';
import type { ChallengeView } from './challenge-view.js';
import { Challenge, isSent, type SentMethod } from './challenge.entity.js';
import { SendLimits, type SendTarget } from './send-limits.js';

/** Where a code goes, and how the limits stand that were asked for it. */
export interface Sending {
  readonly destination: string | null;
  readonly rate: RateState;
}

/** Sends codes within the limits, and says when the next may be asked for. */
@Injectable()
export class ChallengeDispatch {
  constructor(
    private readonly limits: SendLimits,
    private readonly codes: ChallengeCodes,
    private readonly counters: AttemptCounters,
    private readonly policies: Policies,
  ) {}

  obstacleTo(method: SentMethod): Promise<DeliveryObstacle | null> {
    return this.codes.obstacleTo(method);
  }

  takeSend(tx: Tx, challenge: Challenge): Promise<RateState> {
    return this.limits.take(tx, targetOf(challenge));
  }

  /** Stores a new challenge with its first code, and queues the message. */
  async send(tx: Tx, challenge: Challenge, sending: Sending): Promise<ChallengeView> {
    const code = this.codes.renew(challenge, tx.now, sending.destination);
    await tx.manager.insert(Challenge, challenge);
    return this.#queue(tx, challenge, { ...sending, code });
  }

  /** Stores a new challenge that the customer answers with what they hold: nothing is sent. */
  async put(tx: Tx, challenge: Challenge): Promise<ChallengeView> {
    challenge.expiresAt = challenge.codeEnd(tx.now, this.policies.verification.code.lifeSeconds);
    await tx.manager.insert(Challenge, challenge);
    return this.view(tx, challenge, { destination: null });
  }

  /** Puts a fresh code in the place of the old one: `save` stores it, what still waits is withdrawn. */
  async sendAgain(
    tx: Tx,
    challenge: Challenge,
    sending: Sending & { readonly save: () => Promise<void> },
  ): Promise<ChallengeView> {
    const code = this.codes.renew(challenge, tx.now, sending.destination);
    await sending.save();
    await this.codes.withdraw(tx, challenge);
    return this.#queue(tx, challenge, { ...sending, code });
  }

  /** The challenge as its owner sees it. */
  async view(
    tx: Tx,
    challenge: Challenge,
    known: { destination: string | null; rate?: RateState; attemptsLeft?: number },
  ): Promise<ChallengeView> {
    const { id, method, counterScope, purpose } = challenge;
    const attemptsLeft =
      known.attemptsLeft ?? (await this.counters.left(tx, counterScope, purpose));
    const view = {
      id,
      method,
      expiresAt: challenge.expiresAt.toISOString(),
      // What others have used up of a number that somebody claims is not the claimer's to know.
      attemptsLeft:
        challenge.claimedNumber === null ? attemptsLeft : this.policies.verification.attempts.max,
    };
    if (!isSent(method)) return view;
    const rate = known.rate ?? (await this.limits.peek(tx, targetOf(challenge)));
    const mask = method === 'email' ? maskEmail : maskPhone;
    return {
      ...view,
      // A guest learns nothing of whom the number belongs to, not even that there is somebody.
      ...(challenge.claimedNumber === null && known.destination !== null
        ? { destination: mask(known.destination) }
        : {}),
      resendAt: this.resendAt(challenge, tx.now, rate).toISOString(),
    };
  }

  /** From when a fresh code may be asked for: after the cooling-off, and once the limits have room. */
  resendAt(challenge: Challenge, now: Date, rate?: RateState): Date {
    const { cooldownSeconds } = this.policies.verification.resend;
    const cooled = challenge.sentAt.getTime() + cooldownSeconds * 1000;
    const roomy = now.getTime() + (rate?.retryAfterSeconds ?? 0) * 1000;
    return new Date(Math.max(cooled, roomy));
  }

  async #queue(
    tx: Tx,
    challenge: Challenge,
    { code, destination, rate }: Sending & { code: string },
  ): Promise<ChallengeView> {
    const attemptsLeft = await this.counters.left(tx, challenge.counterScope, challenge.purpose);
    const isWorthSending = attemptsLeft > 0;
    await this.codes.send(tx, challenge, { code, destination, isWorthSending });
    return this.view(tx, challenge, { destination, rate, attemptsLeft });
  }
}

function targetOf({ claimedNumber, counterScope, destinationDigest }: Challenge): SendTarget {
  return { kind: claimedNumber === null ? 'customer' : 'guest', counterScope, destinationDigest };
}

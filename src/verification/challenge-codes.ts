import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { type DeliveryObstacle, Notifications } from '../notifications/index.js';
import { Config, KeyStore } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { challengeMessage } from './challenge-message.js';
import { type Challenge, isSent, type SentMethod } from './challenge.entity.js';
import { digestCode, digestOfNoCode, makeCode } from './one-time-code.js';
import { openPayee } from './payee.js';

/** Where a code goes. Without a destination nobody gets one, and no code is right. */
export interface CodeRecipient {
  readonly destination: string | null;
  /** False where no attempt could be evaluated: the code would only invite more failures. */
  readonly isWorthSending: boolean;
}

const template = 'one-time-code';

/** Makes the code of a challenge, keeps its keyed digest and queues its message, sealed. */
@Injectable()
export class ChallengeCodes {
  constructor(
    private readonly keys: KeyStore,
    private readonly notifications: Notifications,
    private readonly policies: Policies,
    private readonly config: Config,
  ) {}

  /** Puts a fresh code's digest and life on the challenge; the old code is void with this. */
  renew(challenge: Challenge, now: Date, destination: string | null): string {
    const { digits, lifeSeconds } = this.policies.verification.code;
    const code = makeCode(digits);
    const digest = digestCode(this.keys, challenge, code);
    challenge.codeDigest = destination === null ? digestOfNoCode() : digest;
    challenge.sentAt = now;
    challenge.expiresAt = challenge.codeEnd(now, lifeSeconds);
    return code;
  }

  /** Takes as long whether somebody gets the message or nobody does. */
  async send(
    tx: Tx,
    challenge: Challenge,
    message: CodeRecipient & { code: string },
  ): Promise<void> {
    const { id, method, purpose, amountMinor, currency, payee, subjectRef } = challenge;
    if (!isSent(method)) throw new Error(`A code of ${method} is not sent`);
    const minutes = Math.ceil((challenge.expiresAt.getTime() - tx.now.getTime()) / 60_000);
    await this.notifications.enqueue(tx, {
      channel: method,
      destination: message.isWorthSending ? message.destination : null,
      template,
      text: challengeMessage({
        code: message.code,
        domain: this.config.codeDomain,
        purpose,
        minutes,
        amountMinor: amountMinor === null ? null : BigInt(amountMinor),
        currency,
        payee: payee === null ? null : openPayee(this.keys, id, payee),
      }),
      purpose,
      challengeId: id,
      subjectRef,
      expiresAt: challenge.expiresAt,
    });
  }

  /** What keeps the carrier of a method from taking anybody's code. */
  obstacleTo(method: SentMethod): Promise<DeliveryObstacle | null> {
    return this.notifications.obstacleTo(method);
  }

  /** Takes back messages with an earlier code that are still waiting. */
  withdraw(tx: Tx, challenge: Challenge): Promise<void> {
    return this.notifications.replaceQueued(tx, challenge.id);
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';

import { AuditedTransaction, committed, type Tx } from '../ledger/index.js';
import { type Undeliverable, UndeliverableMessages } from '../notifications/index.js';
import { IdSource, KeyStore, serviceActor } from '../platform/index.js';
import { ChallengeDispatch } from './challenge-dispatch.js';
import { ChallengeStore } from './challenge-store.js';
import { Challenge, isSent } from './challenge.entity.js';
import { OtherMeans } from './other-means.js';
import { digestContext, digestDestination, digestOfNoCode, sameDigest } from './one-time-code.js';
import { openPayee } from './payee.js';
import type { Means } from './recipients.js';
import { challengeFellBack } from './verification.events.js';

const template = 'one-time-code';

/** Turns an open challenge to another method, in its place: what waits for it goes on waiting for it. */
@Injectable()
export class ChallengeTurn {
  constructor(
    private readonly keys: KeyStore,
    private readonly store: ChallengeStore,
    private readonly dispatch: ChallengeDispatch,
  ) {}

  /**
   * The old code is void with it, the budget of attempts stays as it is.
   *
   * @returns the challenge; null where it ended or was turned meanwhile, or a limit on sending has no room.
   */
  async turn(tx: Tx, seen: Challenge, means: Means): Promise<Challenge | null> {
    const challenge = await this.store.lock(tx, seen.id);
    const isSeen = sameDigest(challenge.codeDigest, seen.codeDigest);
    if (!challenge.isOpen(tx.now) || challenge.method !== seen.method || !isSeen) return null;
    this.#bind(challenge, means);
    const isTurned = isSent(means.method)
      ? await this.#send(tx, challenge, means.destination)
      : await this.#put(tx, challenge);
    return isTurned ? challenge : null;
  }

  #bind(challenge: Challenge, { method, destination, authenticator }: Means): void {
    const { id, payee, counterScope } = challenge;
    challenge.method = method;
    challenge.authenticatorId = authenticator?.id ?? null;
    const whereto = authenticator?.id ?? destination;
    challenge.destinationDigest = digestDestination(this.keys, whereto, counterScope);
    const clearPayee = payee === null ? null : openPayee(this.keys, id, payee);
    challenge.contextDigest = digestContext(this.keys, challenge, clearPayee);
  }

  async #send(tx: Tx, challenge: Challenge, destination: string | null): Promise<boolean> {
    await tx.query('SAVEPOINT sending');
    const rate = await this.dispatch.takeSend(tx, challenge);
    if (!rate.allowed) {
      await tx.query('ROLLBACK TO SAVEPOINT sending');
      return false;
    }
    const save = (): Promise<void> => saveTurned(tx, challenge);
    await this.dispatch.sendAgain(tx, challenge, { destination, rate, save });
    return true;
  }

  async #put(tx: Tx, challenge: Challenge): Promise<boolean> {
    challenge.codeDigest = digestOfNoCode();
    await saveTurned(tx, challenge);
    return true;
  }
}

async function saveTurned(
  tx: Tx,
  { id, method, authenticatorId, ...rest }: Challenge,
): Promise<void> {
  const { codeDigest, destinationDigest, contextDigest, sentAt, expiresAt } = rest;
  const code = { codeDigest, destinationDigest, contextDigest, sentAt, expiresAt };
  await tx.manager.update(Challenge, { id }, { method, authenticatorId, ...code });
}

/**
 * What happens where a code does not arrive: the challenge goes on by another way that its customer
 * has and that proves no less. Asked by the relay and by carriers' reports, as often as they like.
 */
@Injectable()
export class DeliveryFallback implements OnModuleInit {
  constructor(
    private readonly undeliverable: UndeliverableMessages,
    private readonly audited: AuditedTransaction,
    private readonly ids: IdSource,
    private readonly others: OtherMeans,
    private readonly turning: ChallengeTurn,
  ) {}

  onModuleInit(): void {
    this.undeliverable.on(template, (message) => this.fallBack(message));
  }

  /** @returns whether another way was found; the bank is asked before any transaction. */
  async fallBack({ challengeId, channel, reason }: Undeliverable): Promise<boolean> {
    const challenge = challengeId === null ? null : await this.others.find(challengeId);
    // Another method by now: an earlier call, or its owner, has turned it.
    if (challenge?.method !== channel) return false;
    const means = await this.others.of(challenge);
    return means !== null && this.#turn(challenge, { means, reason });
  }

  async #turn(
    challenge: Challenge,
    { means, reason }: { means: Means; reason: string },
  ): Promise<boolean> {
    const actor = serviceActor('verification', this.ids.random());
    try {
      await this.audited.run(actor, async (tx) => {
        const turned = await this.turning.turn(tx, challenge, means);
        if (!turned) throw new NothingToTurn();
        const { id, subjectRef, purpose, method } = turned;
        return committed(
          {},
          challengeFellBack({
            subjectRef,
            resource: { kind: 'challenge', id },
            detail: { method, purpose, from: challenge.method, reason },
          }),
        );
      });
      return true;
    } catch (error) {
      if (error instanceof NothingToTurn) return false;
      throw error;
    }
  }
}

/** Used, ended or turned between the look and the lock, or over a limit: nothing is written. */
class NothingToTurn extends Error {
  override readonly name = 'NothingToTurn';
}

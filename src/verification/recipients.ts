import { Injectable } from '@nestjs/common';

import { type BankCustomer, BankUnavailable, CoreBanking } from '../banking/index.js';
import type { Tx } from '../ledger/index.js';
import { type Actor, AppDatabase, Clock, platformProblems } from '../platform/index.js';
import { FieldEncryption } from '../privacy/index.js';
import {
  AuthenticatorStore,
  type CountedAuthenticator,
} from './authenticators/authenticator-store.js';
import { type Challenge, type ChallengeMethod, isSent } from './challenge.entity.js';

/** How a method reaches somebody: where its code is sent, or the factor that answers it. */
export interface Means {
  readonly method: ChallengeMethod;
  /** E.164 or mailbox; null tells nobody and takes as long. */
  readonly destination: string | null;
  readonly authenticator: CountedAuthenticator | null;
}

/**
 * Finds how somebody can be asked for a code. Phone and mailbox are asked of the bank each time,
 * before any transaction.
 */
@Injectable()
export class Recipients {
  constructor(
    private readonly banking: CoreBanking,
    private readonly encryption: FieldEncryption,
    private readonly database: AppDatabase,
    private readonly authenticators: AuthenticatorStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Every way in which a customer can be asked, the strongest first. Where the bank knows no phone
   * there is a way without a destination: nobody gets that code.
   *
   * @throws BankUnavailable
   */
  async listMeans(
    actor: Pick<Actor, 'kind' | 'subjectRef'>,
    customerNumber: string,
  ): Promise<readonly Means[]> {
    const customer = await this.banking.findCustomer(customerNumber);
    const enrolled =
      actor.kind === 'customer' && actor.subjectRef !== null
        ? await this.authenticators.listActive(actor.subjectRef, this.clock.now())
        : [];
    const held = (wanted: 'totp' | 'recovery-code'): Means[] =>
      enrolled
        .filter(({ method }) => method === wanted)
        .map((authenticator) => ({ method: wanted, destination: null, authenticator }));
    return [
      ...held('totp'),
      { method: 'sms', destination: customer?.phone ?? null, authenticator: null },
      ...held('recovery-code'),
      { method: 'email', destination: customer?.email ?? null, authenticator: null },
    ];
  }

  /**
   * The ways of the actor's own.
   *
   * @throws Problem `service.unavailable` while the bank is silent.
   */
  listOwn(actor: Actor): Promise<readonly Means[]> {
    return answered(this.listMeans(actor, actor.customerNumber ?? ''));
  }

  /**
   * One way, as `listMeans` has it; null where it is not enrolled. The bank is asked for unknown
   * numbers alike, and what it says shows in messages alone.
   *
   * @throws Problem `service.unavailable` while the bank is silent.
   */
  async meansOf(actor: Actor, customerNumber: string, method: string): Promise<Means | null> {
    const means = await answered(this.listMeans(actor, customerNumber));
    return means.find((candidate) => candidate.method === method) ?? null;
  }

  /**
   * Whom to tell of a change, by every address that the bank has.
   *
   * @throws Problem `service.unavailable` while the bank is silent.
   */
  contactsOf(customerNumber: string): Promise<BankCustomer | null> {
    return answered(this.banking.findCustomer(customerNumber));
  }

  /** Where a fresh code of a challenge goes: to its customer, or to the number that its guest claims. */
  async destinationOfChallenge(actor: Actor, challenge: Challenge): Promise<string | null> {
    const { method } = challenge;
    if (!isSent(method)) return null;
    const customerNumber = (await this.claimOf(challenge)) ?? actor.customerNumber ?? '';
    return (await this.meansOf(actor, customerNumber, method))?.destination ?? null;
  }

  /** The number that a challenge's guest claims; null for a customer's own challenge. */
  async claimOf({ subjectRef, sessionId, claimedNumber }: Challenge): Promise<string | null> {
    if (claimedNumber === null) return null;
    const { manager } = this.database;
    return this.encryption.decrypt(manager, subjectRef, placeOfClaim(sessionId), claimedNumber);
  }

  /** The number a guest claims, under the guest's own key: it goes when the guest is erased. */
  sealClaim(tx: Tx, actor: Actor, customerNumber: string): Promise<Buffer> {
    if (actor.subjectRef === null || actor.sessionId === null)
      throw new Error('A guest without a session');
    return this.encryption.encrypt(
      tx.manager,
      actor.subjectRef,
      placeOfClaim(actor.sessionId),
      customerNumber,
    );
  }
}

async function answered<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof BankUnavailable)) throw error;
    throw platformProblems['service.unavailable']({ cause: error });
  }
}

/** Bound to the session, since the challenge has no id yet when the number comes. */
function placeOfClaim(sessionId: string): { table: string; column: string; rowId: string } {
  return { table: 'challenges', column: 'claimed_number', rowId: sessionId };
}

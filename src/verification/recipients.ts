import { Injectable } from '@nestjs/common';

import { BankUnavailable, CoreBanking } from '../banking/index.js';
import type { Tx } from '../ledger/index.js';
import { type Actor, AppDatabase, platformProblems } from '../platform/index.js';
import { FieldEncryption } from '../privacy/index.js';
import type { Challenge } from './challenge.entity.js';

/** Finds the phone that a code goes to. Asked of the bank each time, before any transaction. */
@Injectable()
export class Recipients {
  constructor(
    private readonly banking: CoreBanking,
    private readonly encryption: FieldEncryption,
    private readonly database: AppDatabase,
  ) {}

  /**
   * The phone of a customer number; null where the bank knows no such customer or has no phone.
   *
   * @throws Problem `service.unavailable` while the bank is silent.
   */
  async phoneOf(customerNumber: string): Promise<string | null> {
    try {
      return (await this.banking.findCustomer(customerNumber))?.phone ?? null;
    } catch (error) {
      if (!(error instanceof BankUnavailable)) throw error;
      throw platformProblems['service.unavailable']({ cause: error });
    }
  }

  /** The phone of a challenge's customer, or of the number that its guest claims. */
  async phoneOfChallenge(
    actor: Actor,
    { subjectRef, sessionId, claimedNumber }: Challenge,
  ): Promise<string | null> {
    if (claimedNumber === null) return this.phoneOf(actor.customerNumber ?? '');
    const { manager } = this.database;
    return this.phoneOf(
      await this.encryption.decrypt(manager, subjectRef, placeOfClaim(sessionId), claimedNumber),
    );
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

/** Bound to the session, since the challenge has no id yet when the number comes. */
function placeOfClaim(sessionId: string): { table: string; column: string; rowId: string } {
  return { table: 'challenges', column: 'claimed_number', rowId: sessionId };
}

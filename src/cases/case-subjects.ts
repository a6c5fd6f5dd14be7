import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { BankUnavailable, CoreBanking } from '../banking/index.js';
import { Customers } from '../identity/index.js';
import type { Tx } from '../ledger/index.js';
import { type Actor, IdSource, PersonKeyring, type SubjectRef } from '../platform/index.js';

/** Says whom a case is about. */
@Injectable()
export class CaseSubjects {
  constructor(
    private readonly customers: Customers,
    private readonly keyring: PersonKeyring,
    private readonly ids: IdSource,
    private readonly banking: CoreBanking,
  ) {}

  /**
   * The number that staff entered, where the bank has such a customer; asked before a transaction.
   * A silent bank holds up no notice: the number then stays a claim among the facts.
   */
  async knownNumber(actor: Actor, claimed: string | undefined): Promise<string | null> {
    if (actor.kind !== 'staff' || claimed === undefined) return null;
    try {
      return (await this.banking.findCustomer(claimed)) === null ? null : claimed;
    } catch (error) {
      if (error instanceof BankUnavailable) return null;
      throw error;
    }
  }

  /**
   * The actor's own reference; that of the customer whom staff act for, where the bank knows the
   * number; else a new one with a key of its own.
   */
  async of(tx: Tx, knownNumber: string | null): Promise<SubjectRef> {
    if (tx.actor.subjectRef !== null) return tx.actor.subjectRef;
    if (knownNumber !== null) return this.customers.getOrCreate(tx, knownNumber);
    const subjectRef = this.ids.random<SubjectRef>();
    await this.keyring.create(tx.manager, subjectRef);
    return subjectRef;
  }

  /** The reference of a customer of the bank's. */
  ofCustomer(tx: Tx, customerNumber: string): Promise<SubjectRef> {
    return this.customers.getOrCreate(tx, customerNumber);
  }

  /** The bank's number of the person a case is about; null for a guest. */
  async numberOf(manager: EntityManager, subjectRef: SubjectRef): Promise<string | null> {
    const rows: { number: Buffer }[] = await manager.query(
      'SELECT number FROM customers WHERE subject_ref = $1',
      [subjectRef],
    );
    const [row] = rows;
    return row ? this.customers.readNumber(manager, subjectRef, row.number) : null;
  }
}

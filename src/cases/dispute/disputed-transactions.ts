import { Injectable } from '@nestjs/common';

import { type TransactionView, transactionView } from '../../banking/index.js';
import { type Actor, AppDatabase, type CaseId } from '../../platform/index.js';
import { maskAccountNumber } from '../../privacy/index.js';
import { SealedFacts } from '../case-facts.js';
import { Case } from '../case.entity.js';
import { DisputeBank } from './dispute-bank.js';

/** A customer's newest open dispute with the transactions that fit what they told. */
export interface DisputedTransaction {
  readonly case: { readonly id: CaseId; readonly number: string };
  /** Newest first; several while what was told does not tell them apart. */
  readonly transactions: readonly (TransactionView & { readonly accountMasked: string })[];
}

/** Reads what a dispute knows of the account; showing it is the caller's, behind authority and an event. */
@Injectable()
export class DisputedTransactions {
  constructor(
    private readonly app: AppDatabase,
    private readonly facts: SealedFacts,
    private readonly bank: DisputeBank,
  ) {}

  /**
   * Of the actor's own newest open dispute; null where there is none.
   *
   * @throws BankUnavailable
   */
  async find({ subjectRef, customerNumber }: Actor): Promise<DisputedTransaction | null> {
    if (subjectRef === null || customerNumber === null) return null;
    const { manager } = this.app;
    const about = await manager.findOne(Case, {
      where: { type: 'dispute', subjectRef },
      order: { id: 'DESC' },
    });
    if (!about || about.status === 'closed') return null;
    const facts = await this.facts.open(manager, about);
    const candidates = await this.bank.candidates(customerNumber, facts);
    return {
      case: { id: about.id, number: about.number },
      transactions: candidates.map(({ transaction, account }) => ({
        ...transactionView(transaction),
        accountMasked: maskAccountNumber(account.number),
      })),
    };
  }
}

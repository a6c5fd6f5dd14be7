import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import type { Audited } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { AccountDisclosure } from './account-disclosure.js';
import { transactionFields, transactionView, transactionViewSchema } from './account-view.js';
import { accountTransactionsDisclosed } from './banking.events.js';
import { CoreBanking } from './core-banking.port.js';

const pageDefault = 25;
const pageMax = 100;

export const listTransactionsSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(pageMax).default(pageDefault),
  after: z.uuid().optional(),
});
export type ListTransactionsInput = z.infer<typeof listTransactionsSchema>;

export const transactionListSchema = z
  .object({ items: z.array(transactionViewSchema), next: z.uuid().nullable() })
  .meta({ id: 'TransactionList' });
export type TransactionList = z.infer<typeof transactionListSchema>;

/** Transactions of one of the customer's own accounts, newest first. */
@Authorized('account.list-transactions')
export class ListTransactions extends Query<Audited<TransactionList>> {
  constructor(
    readonly accountId: string,
    readonly input: ListTransactionsInput,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ListTransactions)
export class ListTransactionsHandler implements IQueryHandler<ListTransactions> {
  constructor(
    private readonly disclosure: AccountDisclosure,
    private readonly banking: CoreBanking,
  ) {}

  execute({ accountId, input, actor }: ListTransactions): Promise<Audited<TransactionList>> {
    const { limit, after } = input;
    return this.disclosure.disclose(actor, {
      action: 'account.list-transactions',
      accountId,
      ask: async (customerNumber) => {
        const account = await this.banking.findAccount(customerNumber, accountId);
        if (!account) return null;
        // One more than shown tells whether there is a next page.
        return this.banking.listTransactions(customerNumber, accountId, {
          limit: limit + 1,
          after,
        });
      },
      show: (found): TransactionList => {
        const items = found.slice(0, limit).map(transactionView);
        return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
      },
      report: ({ items }, about) =>
        accountTransactionsDisclosed({
          ...about,
          dataAccessed: transactionFields,
          detail: { via: 'api', transactions: items.length },
        }),
    });
  }
}

import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import type { Audited } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { AccountDisclosure } from './account-disclosure.js';
import { balanceFields, balanceView, balanceViewSchema } from './account-view.js';
import { accountBalanceDisclosed } from './banking.events.js';
import { CoreBanking } from './core-banking.port.js';

const transactionsShown = 5;

export const accountBalanceSchema = z
  .object({ kind: z.literal('balance'), ...balanceViewSchema.shape })
  .meta({ id: 'AccountBalance' });
export type AccountBalance = z.infer<typeof accountBalanceSchema>;

/** Balance and newest transactions of one of the customer's own accounts. */
@Authorized('account.read-balance')
export class GetBalance extends Query<Audited<AccountBalance>> {
  constructor(
    readonly accountId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetBalance)
export class GetBalanceHandler implements IQueryHandler<GetBalance> {
  constructor(
    private readonly disclosure: AccountDisclosure,
    private readonly banking: CoreBanking,
  ) {}

  execute({ accountId, actor }: GetBalance): Promise<Audited<AccountBalance>> {
    return this.disclosure.disclose(actor, {
      action: 'account.read-balance',
      accountId,
      ask: (number) => this.banking.readStatement(number, accountId, transactionsShown),
      show: (statement): AccountBalance => ({ kind: 'balance', ...balanceView(statement) }),
      report: ({ transactions }, about) =>
        accountBalanceDisclosed({
          ...about,
          dataAccessed: balanceFields,
          detail: { via: 'api', transactions: transactions.length },
        }),
    });
  }
}

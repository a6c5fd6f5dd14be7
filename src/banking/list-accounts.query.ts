import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import type { Audited } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { AccountDisclosure } from './account-disclosure.js';
import { accountView, accountViewSchema } from './account-view.js';
import { accountListDisclosed } from './banking.events.js';
import { CoreBanking } from './core-banking.port.js';

export const accountListSchema = z
  .object({ items: z.array(accountViewSchema), next: z.null() })
  .meta({ id: 'AccountList' });
export type AccountList = z.infer<typeof accountListSchema>;

/** A customer's own accounts, masked. */
@Authorized('account.list')
export class ListAccounts extends Query<Audited<AccountList>> {
  constructor(readonly actor: Actor) {
    super();
  }
}

@QueryHandler(ListAccounts)
export class ListAccountsHandler implements IQueryHandler<ListAccounts> {
  constructor(
    private readonly disclosure: AccountDisclosure,
    private readonly banking: CoreBanking,
  ) {}

  execute({ actor }: ListAccounts): Promise<Audited<AccountList>> {
    return this.disclosure.disclose(actor, {
      action: 'account.list',
      accountId: null,
      ask: (customerNumber) => this.banking.listAccounts(customerNumber),
      show: (accounts): AccountList => ({ items: accounts.map(accountView), next: null }),
      report: ({ items }, about) =>
        accountListDisclosed({
          ...about,
          dataAccessed: ['account.masked', 'account.kind', 'account.currency'],
          detail: { via: 'api', accounts: items.length },
        }),
    });
  }
}

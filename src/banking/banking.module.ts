import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';

import { AccountDisclosure } from './account-disclosure.js';
import { AccountsController } from './accounts.controller.js';
import { CoreBanking } from './core-banking.port.js';
import { CreateStatementHandler } from './create-statement.query.js';
import { GetBalanceHandler } from './get-balance.query.js';
import { ListAccountsHandler } from './list-accounts.query.js';
import { ListTransactionsHandler } from './list-transactions.query.js';
import { SandboxCoreBanking } from './sandbox-core-banking.js';

/** The bank's core system, and the accounts that customers may see of it. */
@Global()
@Module({
  imports: [CqrsModule],
  controllers: [AccountsController],
  providers: [
    AccountDisclosure,
    CreateStatementHandler,
    GetBalanceHandler,
    ListAccountsHandler,
    ListTransactionsHandler,
    SandboxCoreBanking,
    { provide: CoreBanking, useExisting: SandboxCoreBanking },
  ],
  exports: [CoreBanking],
})
export class BankingModule {}

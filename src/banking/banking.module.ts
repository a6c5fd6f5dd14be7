import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';

import { CoreBanking } from './core-banking.port.js';
import { SandboxCoreBanking } from './sandbox-core-banking.js';

/** The bank's core system, and the accounts that customers may see of it. */
@Module({
  imports: [CqrsModule],
  providers: [SandboxCoreBanking, { provide: CoreBanking, useExisting: SandboxCoreBanking }],
  exports: [CoreBanking],
})
export class BankingModule {}

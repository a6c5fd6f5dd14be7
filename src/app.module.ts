import { type DynamicModule, Module } from '@nestjs/common';

import { AuditModule } from './audit/index.js';
import { AuthorityModule } from './authority/index.js';
import { BankingModule } from './banking/index.js';
import { CasesModule } from './cases/index.js';
import { ConversationsModule } from './conversations/index.js';
import { IdentityModule } from './identity/index.js';
import { IntentsModule } from './intents/index.js';
import { LedgerModule } from './ledger/index.js';
import { NotificationsModule } from './notifications/index.js';
import { PlatformModule, type PlatformParts } from './platform/index.js';
import { PolicyModule } from './policy/index.js';
import { PrivacyModule } from './privacy/index.js';
import { ReportsModule } from './reports/index.js';
import { VerificationModule } from './verification/index.js';

/** The whole service: one line per context, in the order of the dependency rule. */
@Module({})
export class AppModule {
  static forRoot(parts: PlatformParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(parts),
        LedgerModule,
        PolicyModule,
        AuthorityModule,
        AuditModule,
        PrivacyModule,
        NotificationsModule,
        BankingModule,
        IdentityModule,
        VerificationModule,
        CasesModule,
        IntentsModule,
        ConversationsModule,
        ReportsModule,
      ],
    };
  }
}

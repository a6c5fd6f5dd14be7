import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { staffOidcBegun, staffOidcRefused } from '../staff.events.js';
import { BeginOidcSignIn, type BegunOidcSignIn } from './begin-oidc-sign-in.command.js';
import { CompanyProvider } from './company-provider.js';
import { OidcLogins } from './oidc-logins.js';

@CommandHandler(BeginOidcSignIn)
export class BeginOidcSignInHandler implements ICommandHandler<BeginOidcSignIn> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly provider: CompanyProvider,
    private readonly logins: OidcLogins,
  ) {}

  async execute({ actor }: BeginOidcSignIn): Promise<Audited<BegunOidcSignIn>> {
    const loginToken = this.logins.newToken();
    const authorizationUrl = await this.provider.authorizationUrl(this.logins.checksOf(loginToken));
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<BegunOidcSignIn>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-session.begin-oidc', {});
      if (decision.kind !== 'permit') {
        const detail = { reason: 'authority' as const };
        return refused(refusalOf(decision), staffOidcRefused({ decision, detail }));
      }
      const expiresAt = await this.logins.begin(tx, loginToken);
      return committed(
        { authorizationUrl, loginToken, expiresAt: expiresAt.toISOString() },
        staffOidcBegun({ decision, detail: {} }),
      );
    });
  }
}

import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { StaffLinks } from '../staff-links.js';
import { StaffMail } from '../staff-mail.js';
import { staffPasswordResetRefused, staffPasswordResetRequested } from '../staff.events.js';
import { RequestStaffPasswordReset } from './request-staff-password-reset.command.js';
import { ResetEligibility } from './reset-eligibility.js';

@CommandHandler(RequestStaffPasswordReset)
export class RequestStaffPasswordResetHandler implements ICommandHandler<RequestStaffPasswordReset> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly eligibility: ResetEligibility,
    private readonly links: StaffLinks,
    private readonly mail: StaffMail,
  ) {}

  async execute({ input, actor }: RequestStaffPasswordReset): Promise<Audited<object>> {
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<object>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-password.request-reset', {});
      if (decision.kind !== 'permit') {
        const detail = { reason: 'authority' as const };
        return refused(refusalOf(decision), staffPasswordResetRefused({ decision, detail }));
      }
      const { entry, result } = await this.eligibility.judge(tx, input.email);
      const addressee = result === 'sent' ? entry : null;
      // A link is made and a letter sealed for nobody too: the time does not tell who is known.
      const token = await this.links.issue(tx, 'password-reset', addressee?.id ?? null);
      await this.mail.sendPasswordLink(tx, addressee?.email ?? null, token);
      return committed(
        {},
        staffPasswordResetRequested({
          decision,
          ...(entry ? { resource: { kind: 'staff', id: entry.id } } : {}),
          detail: { result },
        }),
      );
    });
  }
}

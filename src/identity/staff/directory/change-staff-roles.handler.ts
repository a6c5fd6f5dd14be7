import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { platformProblems } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import { StaffDirectory } from '../staff-directory.js';
import { rolesOf, unknownRole } from '../staff-roles.js';
import { staffAdministrationRefused, staffRolesChanged } from '../staff.events.js';
import { ChangeStaffRoles } from './change-staff-roles.command.js';
import { type ChangedStaff, viewOfStaff } from './staff-view.js';

@CommandHandler(ChangeStaffRoles)
export class ChangeStaffRolesHandler implements ICommandHandler<ChangeStaffRoles> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly directory: StaffDirectory,
    private readonly policies: Policies,
  ) {}

  async execute({ staffId, input, actor }: ChangeStaffRoles): Promise<Audited<ChangedStaff>> {
    const invalid = unknownRole(this.policies.authority, input.roles);
    if (invalid) throw invalid;
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<ChangedStaff>> => {
      const resource = { kind: 'staff', id: staffId };
      const facts = { resource, personId: staffId };
      const decision = await this.authority.decide(tx, actor, 'staff.change-roles', facts);
      const detail = { action: 'staff.change-roles' };
      const refusal = staffAdministrationRefused({ decision, resource, detail });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal);
      const entry = await this.directory.lock(tx, staffId);
      if (!entry) return refused(platformProblems['resource.not_found'](), refusal);
      const after = rolesOf(this.policies.authority, input.roles);
      await this.directory.setRoles(tx, staffId, after);
      return committed(
        { staff: viewOfStaff({ ...entry, ...after }) },
        staffRolesChanged({
          decision,
          resource,
          detail: {
            before: { roles: [...entry.roles], level: entry.level },
            after: { roles: [...after.roles], level: after.level },
            by: 'administrator',
          },
        }),
      );
    });
  }
}

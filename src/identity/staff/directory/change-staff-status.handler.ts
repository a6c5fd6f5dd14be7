import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  type AuditEventDraft,
  AuditedTransaction,
  committed,
  type DecisionReference,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { platformProblems } from '../../../platform/index.js';
import { StaffDirectory, type StaffEntry } from '../staff-directory.js';
import { StaffLinks } from '../staff-links.js';
import { StaffSessions } from '../staff-sessions.js';
import { staffAdministrationRefused, staffDisabled, staffEnabled } from '../staff.events.js';
import { ChangeStaffStatus } from './change-staff-status.command.js';
import { type ChangedStaff, viewOfStaff } from './staff-view.js';

@CommandHandler(ChangeStaffStatus)
export class ChangeStaffStatusHandler implements ICommandHandler<ChangeStaffStatus> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly directory: StaffDirectory,
    private readonly sessions: StaffSessions,
    private readonly links: StaffLinks,
  ) {}

  async execute({ staffId, input, actor }: ChangeStaffStatus): Promise<Audited<ChangedStaff>> {
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<ChangedStaff>> => {
      const resource = { kind: 'staff', id: staffId };
      const facts = { resource, personId: staffId };
      const decision = await this.authority.decide(tx, actor, 'staff.change-status', facts);
      const detail = { action: 'staff.change-status' };
      const refusal = staffAdministrationRefused({ decision, resource, detail });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal);
      const entry = await this.directory.lock(tx, staffId);
      if (!entry) return refused(platformProblems['resource.not_found'](), refusal);
      const event =
        input.status === 'disabled'
          ? await this.#disable(tx, entry, decision)
          : await this.#enable(tx, entry, decision);
      const changed = await this.directory.lock(tx, staffId);
      return committed({ staff: viewOfStaff(changed ?? entry) }, event);
    });
  }

  async #disable(
    tx: Tx,
    { id }: StaffEntry,
    decision: DecisionReference,
  ): Promise<AuditEventDraft> {
    await this.directory.disable(tx, id, 'administrator');
    await this.links.endAll(tx, id);
    const sessionsEnded = await this.sessions.revokeAll(tx, id);
    return staffDisabled({
      decision,
      resource: { kind: 'staff', id },
      detail: { reason: 'administrator', sessionsEnded },
    });
  }

  async #enable(
    tx: Tx,
    { id, disabledReason }: StaffEntry,
    decision: DecisionReference,
  ): Promise<AuditEventDraft> {
    await this.directory.enable(tx, id);
    return staffEnabled({
      decision,
      resource: { kind: 'staff', id },
      detail: { reason: disabledReason },
    });
  }
}

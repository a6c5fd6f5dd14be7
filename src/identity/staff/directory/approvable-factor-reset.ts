import { Injectable, type OnModuleInit } from '@nestjs/common';

import {
  type ApprovableAction,
  ApprovableActions,
  type ApprovalDecision,
  type ApprovalRequest,
  type Facts,
} from '../../../authority/index.js';
import type { AuditEventDraft, Tx } from '../../../ledger/index.js';
import { StaffCredentials } from '../staff-credentials.js';
import { StaffDirectory } from '../staff-directory.js';
import { StaffLinks } from '../staff-links.js';
import { StaffMail } from '../staff-mail.js';
import { staffFactorReset } from '../staff.events.js';

/** Lets the reset of a lost factor wait for another person's consent, and carries it out with it. */
@Injectable()
export class ApprovableFactorReset implements ApprovableAction, OnModuleInit {
  readonly action = 'staff.reset-factor';

  constructor(
    private readonly actions: ApprovableActions,
    private readonly directory: StaffDirectory,
    private readonly credentials: StaffCredentials,
    private readonly links: StaffLinks,
    private readonly mail: StaffMail,
  ) {}

  onModuleInit(): void {
    this.actions.register(this);
  }

  async factsNow(tx: Tx, { resourceId }: ApprovalRequest): Promise<Facts | null> {
    const entry = await this.directory.lock(tx, resourceId);
    if (entry?.status !== 'active' || !entry.hasPassword) return null;
    return { resource: { kind: 'staff', id: resourceId }, personId: resourceId };
  }

  /** The old factors and every session end with the consent, in its transaction; a link leads to new ones. */
  async settle(
    tx: Tx,
    { resourceId }: ApprovalRequest,
    decision: ApprovalDecision,
  ): Promise<readonly AuditEventDraft[]> {
    if (decision !== 'approved') return [];
    const entry = await this.directory.lock(tx, resourceId);
    if (!entry) return [];
    const sessionsEnded = await this.credentials.takeAway(tx, resourceId);
    await this.links.endAll(tx, resourceId);
    const token = await this.links.issue(tx, 'enrolment', resourceId);
    await this.mail.sendEnrolmentLink(tx, entry.email, token);
    const resource = { kind: 'staff', id: resourceId };
    return [staffFactorReset({ resource, detail: { sessionsEnded } })];
  }

  /** All of it is done with the consent. */
  execute(): Promise<void> {
    return Promise.resolve();
  }
}

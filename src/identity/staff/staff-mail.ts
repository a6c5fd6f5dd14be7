import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { Notifications, TeamMessages } from '../../notifications/index.js';
import { Config } from '../../platform/index.js';
import { filled, Policies } from '../../policy/index.js';
import type { StaffLinkUse } from './staff-links.js';

const pages: Readonly<Record<StaffLinkUse, string>> = {
  enrolment: 'enrol',
  'password-reset': 'reset',
};

/** Writes to members of staff. To nobody it writes too, and takes as long. */
@Injectable()
export class StaffMail {
  constructor(
    private readonly notifications: Notifications,
    private readonly policies: Policies,
    private readonly config: Config,
    private readonly teams: TeamMessages,
  ) {}

  /** Where a link leads. The token is a fragment: no server on the way, and no log, sees it. */
  addressOf(use: StaffLinkUse, token: string): string {
    return `${this.config.staffUrl}/${pages[use]}#token=${token}`;
  }

  async sendEnrolmentLink(tx: Tx, email: string | null, token: string): Promise<void> {
    const { invitationSeconds } = this.policies.verification.staffLinks;
    await this.#send(tx, email, {
      template: 'staff-enrolment-link',
      seconds: invitationSeconds,
      values: {
        link: this.addressOf('enrolment', token),
        hours: String(Math.floor(invitationSeconds / 3600)),
      },
    });
  }

  async sendPasswordLink(tx: Tx, email: string | null, token: string): Promise<void> {
    const { resetSeconds } = this.policies.verification.staffLinks;
    await this.#send(tx, email, {
      template: 'staff-password-link',
      seconds: resetSeconds,
      values: {
        link: this.addressOf('password-reset', token),
        minutes: String(Math.floor(resetSeconds / 60)),
      },
    });
  }

  /** Tells the holder what changed, at the address that the directory has. */
  async tellOfChange(tx: Tx, email: string | null, what: string): Promise<void> {
    await this.#send(tx, email, { template: 'staff-credentials-changed', values: { what } });
  }

  tellOfBreakGlass(tx: Tx): Promise<void> {
    return this.teams.tell(tx, ['security'], {
      template: 'staff-break-glass',
      values: { time: tx.now.toISOString() },
      purpose: 'account-access',
    });
  }

  async #send(
    tx: Tx,
    email: string | null,
    mail: { template: string; values: Record<string, string>; seconds?: number },
  ): Promise<void> {
    const { id, text } = this.policies.template(mail.template);
    const expiry =
      mail.seconds === undefined
        ? {}
        : { expiresAt: new Date(tx.now.getTime() + mail.seconds * 1000) };
    await this.notifications.enqueue(tx, {
      channel: 'email',
      destination: email,
      template: id,
      text: filled(text, mail.values),
      purpose: 'account-access',
      ...expiry,
    });
  }
}

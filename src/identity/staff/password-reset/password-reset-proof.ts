import { Injectable } from '@nestjs/common';

import type { Tx } from '../../../ledger/index.js';
import { ChosenPasswords } from '../chosen-passwords.js';
import { StaffEnrolments } from '../enrolment/staff-enrolments.js';
import { type ProvenFactor, StaffFactor } from '../staff-factor.js';
import { type StaffLink, StaffLinks } from '../staff-links.js';

/** What a reset came with: a good link, and the second factor and hash where they will do. */
export interface JudgedReset {
  readonly link: StaffLink;
  readonly factor: ProvenFactor | null;
  readonly passwordHash: Buffer | null;
}

/** Judges link, new password and second factor of a reset, in this order. */
@Injectable()
export class PasswordResetProof {
  constructor(
    private readonly links: StaffLinks,
    private readonly enrolments: StaffEnrolments,
    private readonly passwords: ChosenPasswords,
    private readonly factor: StaffFactor,
  ) {}

  /**
   * Null where the link is dead or has had all of its tries. The tries are the link's own: they do
   * not feed the account's lock, nor does the lock stand in the way of who holds link and factor
   * (PCI DSS v4.0.1 8.3.4: until the identity is confirmed).
   *
   * @throws Problem `input.invalid` for a password that policy does not take; that is no try.
   */
  async judge(input: {
    token: string;
    code: string;
    password: string;
  }): Promise<JudgedReset | null> {
    const link = await this.links.find('password-reset', input.token);
    if (!link) return null;
    const email = await this.enrolments.emailOf(link.staffId);
    const chosen = { password: input.password, email };
    this.passwords.assertFit(chosen);
    if (!(await this.links.countTry(link))) return null;
    const factor = await this.factor.judgeOf(link.staffId, input.code);
    return { link, factor, passwordHash: factor ? await this.passwords.accept(chosen) : null };
  }

  takeFactor(tx: Tx, { staffId }: StaffLink, factor: ProvenFactor): Promise<boolean> {
    return this.factor.takeOf(tx, staffId, factor);
  }
}

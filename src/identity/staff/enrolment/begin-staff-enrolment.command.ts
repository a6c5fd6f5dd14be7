import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import { type Audited, receiptSchema } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';

const passwordCharactersMax = 256;
const tokenCharactersMax = 128;

export const linkTokenSchema = z.string().min(1).max(tokenCharactersMax);
/** Long enough for any that policy takes; what is too long or too weak is told by policy. */
export const chosenPasswordSchema = z.string().min(1).max(passwordCharactersMax);

export const beginStaffEnrolmentSchema = z
  .strictObject({ token: linkTokenSchema, password: chosenPasswordSchema })
  .meta({ id: 'BeginStaffEnrolment' });

export const begunStaffEnrolmentSchema = z
  .object({
    enrolmentToken: z.string(),
    otpauthUri: z.string().describe('For the authenticator; shown once'),
    qrSvg: z.string().describe('The same as a QR code'),
    expiresAt: z.iso.datetime(),
    receipt: receiptSchema,
  })
  .meta({ id: 'BegunStaffEnrolment' });

export interface BegunStaffEnrolment {
  readonly enrolmentToken: string;
  readonly otpauthUri: string;
  readonly qrSvg: string;
  readonly expiresAt: string;
}

/** Uses an enrolment link: chooses the password, and answers the authenticator's secret. */
@Authorized('staff-enrolment.begin')
export class BeginStaffEnrolment extends Command<Audited<BegunStaffEnrolment>> {
  constructor(
    readonly input: z.infer<typeof beginStaffEnrolmentSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

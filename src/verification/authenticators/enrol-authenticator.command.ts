import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, receiptSchema } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { authenticatorMethods } from './authenticator-store.js';

export const enrolAuthenticatorSchema = z
  .strictObject({ method: z.enum(authenticatorMethods) })
  .meta({ id: 'EnrolAuthenticator' });

const totpEnrolmentSchema = z.object({
  id: z.uuid(),
  method: z.literal('totp'),
  state: z.literal('pending').describe('Until it is confirmed by a first code'),
  otpauthUri: z.string().describe('For the customer’s app; shown once'),
  qrSvg: z.string().describe('The same as a QR code'),
});
const recoveryCodesSchema = z.object({
  id: z.uuid(),
  method: z.literal('recovery-code'),
  state: z.literal('active'),
  codes: z.array(z.string()).describe('Each is good once; shown once'),
});

export type EnrolledAuthenticator =
  z.output<typeof totpEnrolmentSchema> | z.output<typeof recoveryCodesSchema>;

export const enrolledAuthenticatorSchema = z
  .union([
    totpEnrolmentSchema.extend({ receipt: receiptSchema }),
    recoveryCodesSchema.extend({ receipt: receiptSchema }),
  ])
  .meta({ id: 'EnrolledAuthenticator' });

/** Adds a factor. Its secret is in the answer and nowhere else, so that the answer is never kept. */
@Authorized('authenticator.enrol')
export class EnrolAuthenticator extends Command<Audited<EnrolledAuthenticator>> {
  constructor(
    readonly input: z.infer<typeof enrolAuthenticatorSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

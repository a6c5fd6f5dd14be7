import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import type { Actor } from '../../platform/index.js';

const passwordCharactersMax = 256;

export const signInStaffSchema = z
  .strictObject({
    email: z.string().min(1).max(254),
    password: z.string().min(1).max(passwordCharactersMax),
  })
  .meta({ id: 'SignInStaff' });

/** Judges a staff password. It never answers: a right one ends in `staff.mfa_required`. */
@Authorized('staff-session.create')
export class SignInStaff extends Command<never> {
  constructor(
    readonly input: z.infer<typeof signInStaffSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

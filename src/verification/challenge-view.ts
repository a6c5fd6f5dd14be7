import { z } from 'zod';

import { challengeMethods } from './challenge.entity.js';

/** A challenge as its owner may see it. */
export const challengeViewSchema = z
  .object({
    id: z.uuid(),
    method: z.enum(challengeMethods),
    destination: z
      .string()
      .optional()
      .describe('Masked; absent for a guest, or where none is sent'),
    expiresAt: z.iso.datetime(),
    attemptsLeft: z
      .int()
      .nonnegative()
      .describe('For a guest always what a purpose has: what is left of a number is not told'),
    resendAt: z.iso
      .datetime()
      .optional()
      .describe('From when a fresh code may be asked for; absent where none is sent'),
  })
  .meta({ id: 'Challenge' });
export type ChallengeView = z.output<typeof challengeViewSchema>;

import { z } from 'zod';

import { ruleSchema } from './rule.js';

/** `policies/fraud.yaml`: what a fraud notice sets going. */
export const fraudPolicySchema = z.strictObject({
  notice: ruleSchema({
    priority: z.enum(['low', 'normal', 'high', 'critical']),
    queue: z.string(),
    /** Who is told at once, masked: `<team>@` of the institution. */
    notify: z.array(z.string()).min(1),
    /** From receipt to the team's alert. */
    escalateWithinSeconds: z.int().positive(),
  }),
  callBack: ruleSchema({ withinSeconds: z.int().positive() }),
  /** Protects before verification, where the card is identified. */
  containment: ruleSchema({
    type: z.enum(['card-block', 'account-freeze']),
    /** A guest's containments per card and per client address, then `requested`. */
    guestMax: z.int().positive(),
    guestWindowSeconds: z.int().positive(),
    /** How long an identified card waits for the bank before the containment stands as requested. */
    retryForSeconds: z.int().positive(),
  }),
  /** What an account freeze asks for beside the analyst. */
  accountFreeze: ruleSchema({ approvalAction: z.string().nullable() }),
  resolutionTarget: ruleSchema({
    businessDaysMin: z.int().positive(),
    businessDaysMax: z.int().positive(),
  }),
});
export type FraudPolicy = z.output<typeof fraudPolicySchema>;

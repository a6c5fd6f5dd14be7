import { z } from 'zod';

import { ruleSchema } from './rule.js';

const seconds = z.int().positive();
const count = z.int().positive();

/** NIST SP 800-63B-4 §3.1.3: an out-of-band code not used in ten minutes is invalid. */
const codeLifeSecondsMax = 600;
/** NIST SP 800-63B-4 §3.1.3: at least six decimal digits. */
const codeDigitsMin = 6;
/** NIST SP 800-63B-4 §3.2.2: no more than 100 consecutive failures. */
const failuresMax = 100;

/** The counter keeps the instant of each hit, and no more of them. */
const hitsMax = 1000;

/** So many in so many seconds. */
const rateSchema = z.strictObject({ count: count.max(hitsMax), seconds });

/** `policies/verification.yaml`: each figure of one-time passwords, sessions and request rates. */
export const verificationPolicySchema = z.strictObject({
  code: ruleSchema({
    digits: z.int().min(codeDigitsMin).max(10),
    lifeSeconds: seconds.max(codeLifeSecondsMax),
  }),
  /** Consecutive failures per account and purpose; the window runs from the last one. */
  attempts: ruleSchema({ max: count, windowSeconds: seconds }),
  /** Account-wide, across channels, methods and purposes; doubles with each further lock. */
  customerLock: ruleSchema({
    failures: count,
    firstSeconds: seconds,
    longestSeconds: seconds,
    failuresMax: count.max(failuresMax),
  }),
  staffLock: ruleSchema({
    failures: count,
    firstSeconds: seconds,
    longestSeconds: seconds,
    failuresMax: count.max(failuresMax),
  }),
  /** Failures of the demo's passcode, which stands for the bank's own login. */
  passcode: ruleSchema({ failuresMax: count, lockSeconds: seconds }),
  resend: ruleSchema({ cooldownSeconds: seconds }),
  /** Each per destination and per account, across instances. */
  sending: ruleSchema({ limits: z.array(rateSchema).min(1) }),
  totp: ruleSchema({
    digits: z.int().min(codeDigitsMin),
    periodSeconds: seconds,
    toleranceSteps: z.int().min(0).max(1),
    secretBytes: z.int().min(16),
  }),
  recoveryCodes: ruleSchema({ count, entropyBitsMin: z.int().min(112) }),
  factorChange: ruleSchema({ coolingOffSeconds: seconds }),
  customerSession: ruleSchema({
    idleSeconds: seconds,
    absoluteSeconds: seconds,
    tokenSeconds: seconds,
  }),
  staffSession: ruleSchema({
    idleSeconds: seconds,
    absoluteSeconds: seconds,
    tokenSeconds: seconds,
    mfaTokenSeconds: seconds,
    unusedDaysMax: count,
  }),
  guestConversation: ruleSchema({ tokenSeconds: seconds }),
  /** Request rates by client network and route; each of its windows must have room. */
  rates: z.strictObject({
    attempts: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    challenges: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    signIns: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    conversations: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    messages: ruleSchema({ limits: z.array(rateSchema).min(1) }),
  }),
});
export type VerificationPolicy = z.output<typeof verificationPolicySchema>;

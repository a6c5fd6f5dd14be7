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

/** PCI DSS v4.0.1 8.3.6: twelve characters at least. */
const passwordCharactersMin = 12;
/** A link that resets a password is good for an hour at most. */
const resetSecondsMax = 3600;

/** The counter keeps the instant of each hit, and no more of them. */
const hitsMax = 1000;

/** NIST SP 800-63B-4 §4.2.1.2: a recovery code sent by e-mail is good for 24 hours at most. */
const sentRecoverySecondsMax = 86_400;

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
  recoveryCodes: ruleSchema({
    count,
    entropyBitsMin: z.int().min(112),
    /** How long a code that was sent by e-mail after proofing is good. */
    sentSeconds: seconds.max(sentRecoverySecondsMax),
  }),
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
  staffPassword: ruleSchema({
    /** Unicode code points after normalisation (NIST SP 800-63B-4 §3.1.1.2). */
    charactersMin: z.int().min(passwordCharactersMin),
    charactersMax: z.int().min(64).max(256),
    argon2: z.strictObject({
      memoryKib: z.int().min(19_456),
      passes: z.int().min(2),
      lanes: z.int().min(1),
    }),
    /** Hashes at once in one process, and how many may wait before the next is turned away. */
    concurrentMax: count,
    waitingMax: count,
  }),
  staffLinks: ruleSchema({
    invitationSeconds: seconds,
    resetSeconds: seconds.max(resetSecondsMax),
    /** From the link to the first code of the new authenticator. */
    enrolmentSeconds: seconds,
    /** Codes that may be tried at one link or enrolment. */
    codeAttemptsMax: count,
    /** Links by e-mail to one address; further requests are answered alike and send nothing. */
    requests: z.array(rateSchema).min(1),
  }),
  /** Sign-in through the company's OpenID provider, where one is configured. */
  staffOidc: ruleSchema({
    scopes: z.array(z.string().min(1)).min(1),
    /** What the ID token must show of multi-factor authentication: one of these, in either claim. */
    acrAccepted: z.array(z.string().min(1)),
    amrAccepted: z.array(z.string().min(1)),
    authenticationSecondsMax: seconds,
    loginSeconds: seconds,
    /** `just-in-time` makes an entry at the first sign-in; `pre-provisioned` asks that there is one. */
    directory: z.enum(['just-in-time', 'pre-provisioned']),
    rolesClaim: z.string().min(1),
    mappings: z.array(
      z.strictObject({
        value: z.string().min(1),
        /** The level follows from the roles. */
        roles: z.array(z.string()).min(1),
      }),
    ),
    /** Roles whose holders keep password and code, for the day the provider is away. */
    breakGlassRoles: z.array(z.string()),
  }),
  /** What the bank's own login may say (RFC 8176), and how old it may be. */
  bankAssertion: ruleSchema({
    ageSecondsMax: seconds,
    lifeSecondsMax: seconds,
    /** Since the customer logged in (`auth_time`). */
    loginAgeSecondsMax: seconds,
    /** What two kinds of factor reach. */
    raisesTo: z.enum(['aal1', 'aal2']),
    /** The kind of factor that each reference proves; one that is not named proves nothing. */
    factors: z.record(z.string(), z.enum(['knowledge', 'possession', 'inherence'])),
  }),
  /** Integration clients (RFC 6749 §4.4); the keys of one overlap while it rotates them. */
  apiClient: ruleSchema({
    tokenSeconds: seconds,
    assertionSecondsMax: seconds,
    keysMax: count,
  }),
  guestConversation: ruleSchema({ tokenSeconds: seconds }),
  /** Request rates by client network and route, and `changes` by account; each of its windows must have room. */
  rates: z.strictObject({
    attempts: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    challenges: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    signIns: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    conversations: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    messages: ruleSchema({ limits: z.array(rateSchema).min(1) }),
    changes: ruleSchema({ limits: z.array(rateSchema).min(1) }),
  }),
});
export type VerificationPolicy = z.output<typeof verificationPolicySchema>;

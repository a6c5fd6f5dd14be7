import { z } from 'zod';

import { assuranceLevels } from '../../platform/index.js';
import { repeated, ruleFields, ruleSchema } from './rule.js';

/** Ways to prove a possession factor that the product knows (RFC 8176 and NIST SP 800-63B-4 §3). */
export const verificationMethods = [
  'sms',
  'email',
  'totp',
  'recovery-code',
  'passkey',
  'push',
] as const;
export type VerificationMethod = (typeof verificationMethods)[number];

const securityQuestions = ['security-question', 'security-questions', 'knowledge-based'];

/** Why a method can never be offered, where somebody may expect that it is; null for the others. */
export function whyNoAuthenticator(method: string): string | null {
  return securityQuestions.includes(method)
    ? 'Security questions are no authenticator: what a customer knows about themselves others ' +
        'know too (OWASP ASVS 5.0.0 6.4.2; NIST SP 800-63B-4 has no such type)'
    : null;
}

const methodSchema = z.enum(verificationMethods, {
  error: ({ input }) =>
    whyNoAuthenticator(String(input)) ??
    `Unknown method; choose from ${verificationMethods.join(', ')}`,
});

const requirementSchema = ruleSchema({
  acr: z.enum(assuranceLevels),
  /** Methods that may have raised the session; null accepts each that reaches `acr`. */
  methods: z.array(methodSchema).min(1).nullable(),
  /** How old the proof may be; null as long as the session lives. */
  ageSecondsMax: z.int().positive().nullable(),
});

const methodRuleSchema = z.strictObject({
  ...ruleFields,
  method: methodSchema,
  /** What a customer session reaches by it. */
  raisesTo: z.enum(assuranceLevels),
  /** What a conversation without a session reaches by it. */
  guestRaisesTo: z.enum(assuranceLevels),
  /** Restricted authenticators need an alternative on offer (NIST SP 800-63B-4 §3.2.9). */
  restricted: z.boolean(),
  offered: z.boolean(),
});

const intentAssuranceSchema = ruleSchema({
  intent: z.string(),
  purpose: z.string(),
  /** Id of the requirement that stands before anything is disclosed or moved. */
  requires: z.string(),
  /**
   * Accepts a code by e-mail beside the bank's own login, though it proves no possession: a deviation
   * from NIST SP 800-63B-4 §3.1.3.1 and OWASP ASVS 5.0.0 6.3.6 that every compliance report lists.
   */
  emailAccepted: z.boolean().default(false),
  /** Taken from anybody at once, verified or not (12 CFR 1005.11(b)(1)). */
  noticeFirst: z.boolean(),
});

/** `policies/assurance.yaml`: which proof stands before which intent. */
export const assurancePolicySchema = z
  .strictObject({
    methods: z.array(methodRuleSchema).min(1),
    requirements: z.array(requirementSchema).min(1),
    intents: z.array(intentAssuranceSchema).min(1),
  })
  .superRefine((policy, context) => {
    for (const intent of repeated(policy.intents.map((rule) => rule.intent))) {
      context.addIssue({ code: 'custom', path: ['intents'], message: `${intent} stands twice` });
    }
    const known = new Set(policy.requirements.map((rule) => rule.id));
    const fresh = new Set(
      policy.requirements.filter((rule) => rule.ageSecondsMax !== null).map((rule) => rule.id),
    );
    policy.intents.forEach((rule, index) => {
      if (!rule.emailAccepted || !fresh.has(rule.requires)) return;
      const message = 'E-mail never stands before money or a change of factors';
      context.addIssue({ code: 'custom', path: ['intents', index, 'emailAccepted'], message });
    });
    policy.intents.forEach((rule, index) => {
      if (known.has(rule.requires)) return;
      const message = `No requirement ${rule.requires}`;
      context.addIssue({ code: 'custom', path: ['intents', index, 'requires'], message });
    });
    for (const rule of policy.methods) {
      // NIST SP 800-63B-4 §3.1.3.1: e-mail shall not be used for out-of-band authentication.
      if (rule.method !== 'email' || rule.raisesTo !== 'aal2') continue;
      const message = 'E-mail reaches aal1 at most (NIST SP 800-63B-4; OWASP ASVS 5.0.0 6.3.6)';
      context.addIssue({ code: 'custom', path: ['methods'], message });
    }
  });
export type AssurancePolicy = z.output<typeof assurancePolicySchema>;
export type AssuranceRequirement = AssurancePolicy['requirements'][number];

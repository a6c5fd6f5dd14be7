import { z } from 'zod';

import { repeated, ruleFields } from './rule.js';

/** Everything a message may ask for. The words are public: answers, events and reports carry them. */
export const intentIds = [
  'balance-inquiry',
  'transaction-dispute',
  'fraud-report',
  'payment-issue',
  'account-access',
  'account-management',
  'card-service',
  'identity-verification',
  'general-inquiry',
  'regulator-complaint',
  'investment-advice',
  'human-please',
  'out-of-scope',
] as const;
export type IntentId = (typeof intentIds)[number];

/** How soon somebody must look at a message. */
export const intentPriorities = ['low', 'normal', 'high', 'critical'] as const;
export type IntentPriority = (typeof intentPriorities)[number];

/** Why a person takes over at once, whatever the confidence. */
const intentHandOffReasons = [
  'sensitive_request',
  'compliance_concern',
  'customer_request',
] as const;

const probabilitySchema = z.number().min(0).max(1);

const intentRuleSchema = z.strictObject({
  ...ruleFields,
  intent: z.enum(intentIds),
  title: z.string().min(3),
  priority: z.enum(intentPriorities),
  /** From here on the intent is acted upon without a person. */
  confidenceThreshold: probabilitySchema,
  /** From here on a notice opens its case even if another intent leads; null where there is no notice. */
  noticeThreshold: probabilitySchema.nullable(),
  /** Its answer may hold account data, or its mistake costs the customer money. */
  sensitive: z.boolean(),
  queue: z.string().min(2),
  /** What answers it; null where a person always does. */
  playbook: z.string().min(2).nullable(),
  handOffReason: z.enum(intentHandOffReasons).nullable(),
  disclaimerIds: z.array(z.string().min(2)).min(1),
});
export type IntentRule = z.infer<typeof intentRuleSchema>;

/** `policies/intents.yaml`: thresholds, priorities, queues and playbooks, one rule an intent. */
export const intentsPolicySchema = z
  .strictObject({
    version: z.string().min(1),
    /** Queue and reason where no intent reaches its threshold. */
    unsure: z.strictObject({ ...ruleFields, queue: z.string().min(2) }),
    intents: z.array(intentRuleSchema).length(intentIds.length),
  })
  .superRefine(({ intents }, context) => {
    for (const intent of repeated(intents.map((rule) => rule.intent))) {
      context.addIssue({ code: 'custom', path: ['intents'], message: `Two rules for ${intent}` });
    }
    for (const [index, rule] of intents.entries()) {
      if (rule.noticeThreshold !== null && rule.noticeThreshold > rule.confidenceThreshold) {
        context.addIssue({
          code: 'custom',
          path: ['intents', index, 'noticeThreshold'],
          message: 'A notice may not need more confidence than an answer',
        });
      }
    }
  });
export type IntentsPolicy = z.infer<typeof intentsPolicySchema>;

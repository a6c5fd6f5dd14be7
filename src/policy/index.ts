/**
 * Reads `policies/`: law and limits as typed, cited, versioned data. Promises that an unknown key or
 * a broken rule stops the start and names file, line and path. It judges nobody.
 */
export * from './business-calendar.js';
export * from './dates.js';
export * from './decision.js';
export { filled } from './fill-template.js';
export * from './load-policies.js';
export * from './policies.js';
export * from './policy.module.js';
export * from './policy-document.js';
export * from './policy-files.js';
export {
  type AssuranceRequirement,
  type AssurancePolicy,
  type VerificationMethod,
  verificationMethods,
  whyNoAuthenticator,
} from './schemas/assurance.js';
export {
  type ActionRule,
  type AggregateRule,
  type AggregateScope,
  aggregateScopes,
  type AuthorityPolicy,
  type CategoryRule,
  type LimitRule,
} from './schemas/authority.js';
export type { CalendarRule, CalendarsPolicy, HolidayRule } from './schemas/calendars.js';
export type {
  DeadlineRule,
  DisputeConditions,
  DisputeRegime,
  DisputesPolicy,
} from './schemas/disputes.js';
export type { FraudPolicy } from './schemas/fraud.js';
export {
  type IntentId,
  intentIds,
  intentPriorities,
  type IntentPriority,
  type IntentRule,
  intentsPolicySchema,
  type IntentsPolicy,
} from './schemas/intents.js';
export { policyTestSchema } from './schemas/policy-test.js';
export { type TemplateLanguage, templateLanguages } from './schemas/templates.js';
export type { VerificationPolicy } from './schemas/verification.js';

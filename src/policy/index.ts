/**
 * Reads `policies/`: law and limits as typed, cited, versioned data. Promises that an unknown key or
 * a broken rule stops the start and names file, line and path. It judges nobody.
 */
export * from './decision.js';
export * from './load-policies.js';
export * from './policies.js';
export * from './policy.module.js';
export * from './policy-document.js';
export * from './policy-files.js';
export type { AssuranceRequirement, VerificationMethod } from './schemas/assurance.js';
export { verificationMethods } from './schemas/assurance.js';
export type { ActionRule, AuthorityPolicy, CategoryRule, LimitRule } from './schemas/authority.js';

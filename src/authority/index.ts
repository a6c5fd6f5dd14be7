/**
 * Answers one question: may this actor do this, with these facts? Owns the decision, approvals and
 * delegations. Nothing else in the product judges role, ownership, purpose, assurance or amount.
 */
export * from './authority.js';
export * from './authority.module.js';
export * from './authority.problems.js';
export * from './authorized.js';
export * from './policy-authority.js';
export * from './refusal.js';

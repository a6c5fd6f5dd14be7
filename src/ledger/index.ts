/**
 * Makes the record. Owns audit events, the chain and tree over them, checkpoints and receipts.
 * Promises that a write or a disclosure and its event commit together or not at all, and that any
 * later change of the record can be shown. It knows nobody, decides nothing and shows nothing.
 */
export * from './audit-event.js';
export * from './audited-transaction.js';
export * from './ledger-policy.port.js';
export * from './ledger.module.js';
export * from './outcome.js';
export * from './receipt.js';
export { canonicalJson, CanonicalJsonError } from './tree/canonical-json.js';
export { formatEntry, leafHash, noPreviousLeafHash } from './tree/index.js';

/**
 * Shows the record that the ledger makes: events, proofs, checkpoints and keys. Every reading is
 * asked of authority and is itself an event. It reviews each day that is over, and lets expired entries
 * go when asked; it changes no entry.
 */
export * from './audit.events.js';
export * from './audit-log.js';
export * from './audit.module.js';
export * from './audit.problems.js';
export * from './event-view.js';
export { isDeviation } from './violations.js';
export { ListEvents, type LedgerEventPage } from './list-events.query.js';
export { ExportCompartments } from './exports/export-compartments.js';
export * from './exports/exports.events.js';
export * from './exports/exports.problems.js';
export {
  newRecipientKeys,
  openBundle,
  recipientKeysOf,
  SealedBundleError,
} from './exports/seal-bundle.js';

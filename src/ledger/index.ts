/**
 * Makes the record. Owns audit events, the chain and tree over them, checkpoints and receipts.
 * Promises that a write or a disclosure and its event commit together or not at all, and that any
 * later change of the record can be shown. It knows nobody, decides nothing and shows nothing.
 */
export * from './audit-event.js';
export * from './audited-transaction.js';
export { CheckpointSigner } from './checkpoint-signer.js';
export * from './ledger-policy.port.js';
export * from './ledger.module.js';
export { type AdvancedIndex, AuditIndex } from './completeness/audit-index.js';
export { type CheckedIndex, IndexCheck, type PassingEntry } from './completeness/index-check.js';
export { type CompletenessAnswer, IndexProver } from './completeness/index-prover.js';
export { verifyIndex } from './completeness/verify-index.js';
export { findSensitive } from './event-net.js';
export { alertTypes, indexCommitted } from './ledger.events.js';
export {
  gatherRequests,
  hashSourceOf,
  keepRoots,
  leafHashAt,
  LogIncomplete,
  type Queryable,
  readThrough,
  selectLeafHash,
} from './log-reader.js';
export { LogTiles } from './log-tiles.js';
export * from './outcome.js';
export {
  type BegunLog,
  NewOrigin,
  type NewOriginParts,
  NewOriginRefused,
} from './origin/new-origin.js';
export { LogOriginMismatch } from './origin/log-origin-check.js';
export { BucketStore, parseBucket } from './publication/bucket-store.js';
export { DirectoryStore } from './publication/directory-store.js';
export { publishedStoreAt } from './publication/published-store-at.js';
export { type Publication, PublicationRefused, publishLog } from './publication/publish-log.js';
export type { PublishedStore } from './publication/published-store.js';
export * from './receipt.js';
export {
  ArchiveDamaged,
  type ArchiveKeys,
  LedgerArchive,
  LedgerArchives,
} from './retention/archive.js';
export {
  LedgerRetention,
  NoArchiveDirectory,
  type RetentionRun,
} from './retention/ledger-retention.js';
export * from './retention/legal-holds.port.js';
export { prunedSize, readPrunings } from './retention/prunings.js';
export { claimedOrigin } from './origin/claimed-origin.js';
export { EndedLogStore } from './origin/ended-log.js';
export { findRetained, type RetainedEntry } from './retention/retained-entry.js';
export type { Obstacle, RetentionPlan } from './retention/retention-plan.js';
export { openPersonalPayload } from './event-record.js';
export { Sealer, type SealerStats } from './sealer.js';
export * from './tree/index.js';
export * from './verification/completeness.js';
export * from './verification/completeness-file.js';
export {
  type CommandLine,
  exitCodes,
  parseCommandLine,
  printReport,
  runVerifier,
  UsageError,
} from './verification/command-line.js';
export * from './verification/bundle.js';
export * from './verification/damage.js';
export { examineReceipts } from './verification/promised-events.js';
export { formatTarFile, readTar, tarEnd } from './verification/tar.js';
export { type BundleToVerify, verifyBundle } from './verification/verify-bundle.js';
export type { VerificationReport } from './verification/report.js';
export { LogUnreachable, type LogLocation } from './verification/tile-reader.js';
export {
  readVerifiedState,
  type VerifiedState,
  VerifiedStateError,
  writeVerifiedState,
} from './verification/verified-state.js';
export {
  type LedgerToVerify,
  type LedgerVerification,
  verifyLedger,
} from './verification/verify-ledger.js';
export type { VerifiedLog } from './verification/verify-log.js';
export {
  type PublishedLogToVerify,
  type PublishedLogVerification,
  verifyPublishedLog,
} from './verification/verify-published-log.js';
export * from './verification/verify-receipt.js';
export * from './witness/published-checkpoints.js';
export * from './witness/witness.events.js';
export * from './witness/witness.js';
export * from './witness/witness-key.js';
export * from './witness/witness-server.js';
export { loadWitnessSettings } from './witness/witness-settings.js';
export * from './witness/witness-store.js';
export { type AlertListener, LedgerAlerts } from './watch/ledger-alerts.js';
export { LedgerWatch } from './watch/ledger-watch.js';

import type { PolicyReference } from './audit-event.js';

/** What the ledger needs to know of policy; the policy context implements it. */
export abstract class LedgerPolicy {
  /** The active policy, for events that no decision led to (`rule` is then null). */
  abstract reference(): PolicyReference;
  /** Until when an event of this class must be kept. */
  abstract expiresAt(retentionClass: string, recordedAt: Date): Date;
  /** Whether expired entries leave the database by themselves, once they are archived. */
  abstract get isPruningOn(): boolean;
}

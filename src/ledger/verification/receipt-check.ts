import type { NoteVerifier } from '../tree/index.js';
import type { BundleFindings, ShownEvent } from './bundle-check.js';
import { isEventOf, type KeptReceipt, ReceiptError, verifyReceipt } from './verify-receipt.js';

/** How long an event may wait for the sealer, by the promise that a receipt makes. */
const sealMillisecondsMax = 60_000;

/** Holds receipts against the events that a log or bundle shows, as they pass by. */
export class ReceiptCheck {
  /** By event, which may be promised twice; those that have not passed so far. */
  readonly #awaited = new Map<string, readonly KeptReceipt[]>();
  #promised = 0;
  #kept = 0;
  #newestRecordedAt = '';

  /** @param logs the log's keys, older ones too */
  constructor(
    receipts: readonly KeptReceipt[],
    logs: readonly NoteVerifier[],
    private readonly damage: BundleFindings['damage'],
  ) {
    for (const receipt of receipts) {
      try {
        verifyReceipt(receipt, logs);
        const others = this.#awaited.get(receipt.eventId) ?? [];
        this.#awaited.set(receipt.eventId, [...others, receipt]);
        this.#promised += 1;
      } catch (error) {
        if (!(error instanceof ReceiptError)) throw error;
        damage('receipt_forged', { eventId: receipt.eventId });
      }
    }
  }

  see({ id, text, leafIndex, recordedAt }: ShownEvent): void {
    if (recordedAt > this.#newestRecordedAt) this.#newestRecordedAt = recordedAt;
    for (const receipt of this.#awaited.get(id) ?? []) {
      if (isEventOf(receipt, text)) this.#kept += 1;
      else this.damage('receipt_broken', { leafIndex, eventId: id });
    }
    this.#awaited.delete(id);
  }

  /**
   * Called once all events have passed: what goes on long after a promise, and does not hold its
   * event, breaks it.
   *
   * @param isShown whether an event that was recorded at an instant would have been shown
   */
  finish(isShown: (recordedAt: number) => boolean): void {
    const newest = Date.parse(this.#newestRecordedAt);
    for (const { eventId, recordedAt } of [...this.#awaited.values()].flat()) {
      const at = Date.parse(recordedAt);
      const isDue = newest > at + sealMillisecondsMax;
      if (isShown(at) && isDue) this.damage('receipt_broken', { eventId });
    }
  }

  /** For a report; none where no receipt counted. */
  get facts(): Readonly<Record<string, string>> {
    return this.#promised === 0 ? {} : { 'receipts kept': `${this.#kept} of ${this.#promised}` };
  }
}

import { Injectable } from '@nestjs/common';

import { AppDatabase, isUuid } from '../platform/index.js';
import { DeliveryRecord, type RecordedNotification } from './delivery-record.js';
import type { NotificationState } from './notification.js';
import { UndeliverableMessages } from './undeliverable.js';

/** What a carrier reports of a message it took. */
export interface DeliveryReport {
  readonly notificationId: string;
  /** How the carrier calls the message. */
  readonly reference: string;
  /** The carrier's word: `queued`, `sent`, `delivered`, `undelivered`, `failed`, `canceled` … */
  readonly status: string;
  /** The carrier's number for why it did not arrive. */
  readonly errorCode: string | null;
}

interface ReportedRow extends RecordedNotification {
  readonly state: NotificationState;
  readonly carrier_reference: string | null;
}

const lostStatuses = ['undelivered', 'failed', 'canceled'];

/** Takes what carriers report. The same report again, one too late or one of nothing changes nothing. */
@Injectable()
export class DeliveryReports {
  constructor(
    private readonly database: AppDatabase,
    private readonly record: DeliveryRecord,
    private readonly undeliverable: UndeliverableMessages,
  ) {}

  async take(report: DeliveryReport): Promise<void> {
    const row = await this.#find(report.notificationId);
    if (!row || (row.state !== 'sent' && row.state !== 'queued')) return;
    if (report.status === 'delivered') {
      await this.record.endReported(row, { state: 'delivered', failure: null });
      return;
    }
    // Of two hand-overs the later one counts: the loss of the earlier says nothing of it.
    const isLost =
      lostStatuses.includes(report.status) && row.carrier_reference === report.reference;
    if (isLost) await this.#lost(row, report);
  }

  async #lost(row: ReportedRow, { errorCode }: DeliveryReport): Promise<void> {
    const reason = errorCode === null ? 'not_delivered' : `not_delivered_${errorCode}`;
    // First, as in an attempt of our own: a crash in between leaves a report to be sent again.
    await this.undeliverable.findAnotherWay(row.template, {
      notificationId: row.id,
      channel: row.channel,
      purpose: row.purpose,
      subjectRef: row.subject_ref,
      challengeId: row.challenge_id,
      reason,
    });
    await this.record.endReported(row, { state: 'failed', failure: reason });
  }

  async #find(id: string): Promise<ReportedRow | undefined> {
    if (!isUuid(id)) return undefined;
    const [row] = await this.database.query<ReportedRow[]>(
      `SELECT id, channel, template, purpose, subject_ref, challenge_id, case_id, attempts, state,
         carrier_reference FROM notifications WHERE id = $1`,
      [id],
    );
    return row;
  }
}

import { randomUUID } from 'node:crypto';

import { Injectable, type OnModuleInit } from '@nestjs/common';

import { AuditedTransaction, committed } from '../../ledger/index.js';
import { Clock, JobQueue, serviceActor } from '../../platform/index.js';
import { addCalendarDays, dateIn, endOfDay, Policies } from '../../policy/index.js';
import { reviewed } from '../audit.events.js';
import { type Day, type LastReview, LogReview, selectLastReview } from './log-review.js';

/** Another process was first. */
class AlreadyReviewed extends Error {
  override readonly name = 'AlreadyReviewed';
}

/** Serializes processes that review at the same time. */
const reviewLock = 7_762_489_108;
/** Of a service that was down for longer, each run makes up for so many days. */
const daysMax = 31;
const millisecondsPerSecond = 1000;

/**
 * Reviews each day of the log once it is over, and tells it as one event (PCI DSS v4.0.1 10.4.1,
 * 10.4.1.1). Days that a service which did not run has missed are reviewed late, and the event shows
 * that.
 */
@Injectable()
export class DailyReview implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly audited: AuditedTransaction,
    private readonly policies: Policies,
    private readonly clock: Clock,
    private readonly review: LogReview,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('ledger-review', 'hourly', () => this.sweep());
  }

  async sweep(): Promise<void> {
    for (let days = 0; days < daysMax; days += 1) {
      const last = await this.review.last();
      const day = this.#dayAfter(last);
      if (day.to > this.clock.now()) return;
      const detail = await this.review.look(day);
      // A log that began today has no yesterday.
      if (last === null && detail.events === 0) return;
      await this.#record(last, detail);
    }
  }

  /** The first review is of yesterday; the others leave nothing out, whatever zone came to hold. */
  #dayAfter(last: LastReview | null): Day {
    const { timeZone } = this.policies.calendars.institution;
    const today = dateIn(timeZone, this.clock.now());
    const day = addCalendarDays(last?.day ?? addCalendarDays(today, -2), 1);
    const from = last === null ? startOf(day, timeZone) : new Date(last.to);
    return { day, from, to: startOf(addCalendarDays(day, 1), timeZone) };
  }

  async #record(
    last: LastReview | null,
    detail: Parameters<typeof reviewed>[0]['detail'],
  ): Promise<void> {
    try {
      await this.audited.run(serviceActor('ledger-review', randomUUID()), async (tx) => {
        await tx.query('SELECT pg_advisory_xact_lock($1)', [reviewLock]);
        const [newest] = await tx.query<LastReview>(selectLastReview);
        if (newest?.day !== last?.day) throw new AlreadyReviewed();
        return committed({}, reviewed({ detail }));
      });
    } catch (error) {
      if (!(error instanceof AlreadyReviewed)) throw error;
    }
  }
}

function startOf(day: string, timeZone: string): Date {
  return new Date(endOfDay(addCalendarDays(day, -1), timeZone).getTime() + millisecondsPerSecond);
}

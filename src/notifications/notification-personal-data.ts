import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Clock, type SubjectRef } from '../platform/index.js';
import {
  type ErasureReport,
  type PersonalDataExcerpt,
  type PersonalDataSource,
  PersonalDataSources,
} from '../privacy/index.js';
import type { NotificationChannel, NotificationState } from './notification.js';

interface ToldRow {
  readonly channel: NotificationChannel;
  readonly purpose: string;
  readonly state: NotificationState;
  readonly createdAt: Date;
}

const notificationsMax = 1000;

/** What this context holds of one person: that and when they were told something; what, only until they were. */
@Injectable()
export class NotificationPersonalData implements PersonalDataSource, OnModuleInit {
  readonly context = 'notifications';
  readonly tables = ['notifications'];

  constructor(
    private readonly sources: PersonalDataSources,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async collect(
    manager: EntityManager,
    subjectRef: SubjectRef,
  ): Promise<readonly PersonalDataExcerpt[]> {
    const rows = await manager.query<ToldRow[]>(
      `SELECT channel, purpose, state, created_at AS "createdAt" FROM notifications
       WHERE subject_ref = $1 ORDER BY created_at DESC LIMIT $2`,
      [subjectRef, notificationsMax],
    );
    return [{ category: 'notifications', records: rows.map((row) => ({ ...row })) }];
  }

  /** What still waits is not told any more. */
  async erase(manager: EntityManager, subjectRef: SubjectRef): Promise<ErasureReport> {
    const [, recordsErased] = await manager.query<[unknown[], number]>(
      `UPDATE notifications SET state = 'expired', destination = NULL, text = NULL, finished_at = $2
       WHERE subject_ref = $1 AND state = 'queued'`,
      [subjectRef, this.clock.now()],
    );
    return { recordsErased, recordsKept: [] };
  }
}

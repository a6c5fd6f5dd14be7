import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Clock, type SubjectRef } from '../platform/index.js';
import {
  type ErasureReport,
  type PersonalDataExcerpt,
  type PersonalDataSource,
  PersonalDataSources,
} from '../privacy/index.js';
import { Customers } from './customers.js';

interface SessionRow {
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly amr: string[];
}

const sessionsMax = 1000;

/** What this context holds of one customer: their number and when they were here. */
@Injectable()
export class CustomerPersonalData implements PersonalDataSource, OnModuleInit {
  readonly context = 'identity';
  readonly tables = ['customers', 'customer_sessions'];

  constructor(
    private readonly sources: PersonalDataSources,
    private readonly customers: Customers,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async collect(
    manager: EntityManager,
    subjectRef: SubjectRef,
  ): Promise<readonly PersonalDataExcerpt[]> {
    const sessions = await manager.query<SessionRow[]>(
      `SELECT created_at AS "createdAt", last_seen_at AS "lastSeenAt", amr FROM customer_sessions
       WHERE subject_ref = $1 ORDER BY created_at DESC LIMIT $2`,
      [subjectRef, sessionsMax],
    );
    const customers = await this.#collectNumber(manager, subjectRef);
    return [
      { category: 'customer', records: customers },
      { category: 'sessions', records: sessions.map((session) => ({ ...session })) },
    ];
  }

  /** Ends every session: nobody can act as a person who was erased. */
  async erase(manager: EntityManager, subjectRef: SubjectRef): Promise<ErasureReport> {
    await manager.query(
      'UPDATE customer_sessions SET revoked_at = coalesce(revoked_at, $2) WHERE subject_ref = $1',
      [subjectRef, this.clock.now()],
    );
    const [, recordsErased] = await manager.query<[unknown[], number]>(
      'DELETE FROM customers WHERE subject_ref = $1',
      [subjectRef],
    );
    return { recordsErased, recordsKept: [] };
  }

  async #collectNumber(
    manager: EntityManager,
    subjectRef: SubjectRef,
  ): Promise<readonly { customerNumber: string; since: Date }[]> {
    const rows = await manager.query<{ number: Buffer; since: Date }[]>(
      'SELECT number, created_at AS since FROM customers WHERE subject_ref = $1',
      [subjectRef],
    );
    return Promise.all(
      rows.map(async ({ number, since }) => ({
        customerNumber: await this.customers.readNumber(manager, subjectRef, number),
        since,
      })),
    );
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Clock, type SubjectRef } from '../platform/index.js';
import {
  type ErasureReport,
  type PersonalDataExcerpt,
  type PersonalDataSource,
  PersonalDataSources,
} from '../privacy/index.js';
import { AttemptCounters } from './attempt-counters.js';
import { AuthenticatorStore } from './authenticators/authenticator-store.js';
import { Challenge } from './challenge.entity.js';

const challengesMax = 1000;

/** What this context holds of one person: the challenges put to them, and the count of their failures. */
@Injectable()
export class ChallengePersonalData implements PersonalDataSource, OnModuleInit {
  readonly context = 'verification';
  readonly tables = [
    'challenges',
    'verification_counters',
    'authenticators',
    'recovery_codes',
    'factor_recoveries',
  ];

  constructor(
    private readonly sources: PersonalDataSources,
    private readonly counters: AttemptCounters,
    private readonly authenticators: AuthenticatorStore,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async collect(
    manager: EntityManager,
    subjectRef: SubjectRef,
  ): Promise<readonly PersonalDataExcerpt[]> {
    const challenges = await manager.find(Challenge, {
      where: { subjectRef },
      order: { createdAt: 'DESC' },
      take: challengesMax,
    });
    const records = challenges.map(({ method, purpose, state, createdAt, finishedAt }) => ({
      method,
      purpose,
      state,
      createdAt,
      finishedAt,
    }));
    const factors = await this.authenticators.listActive(subjectRef, this.clock.now());
    return [
      { category: 'challenges', records },
      {
        category: 'authenticators',
        records: factors.map(({ method, activatedAt, codesLeft }) => ({
          method,
          activatedAt,
          codesLeft,
        })),
      },
    ];
  }

  async erase(manager: EntityManager, subjectRef: SubjectRef): Promise<ErasureReport> {
    const { affected } = await manager.delete(Challenge, { subjectRef });
    await manager.query('DELETE FROM verification_counters WHERE scope = $1', [
      this.counters.scopeOfAccount(subjectRef),
    ]);
    await manager.query('DELETE FROM factor_recoveries WHERE subject_ref = $1', [subjectRef]);
    // Their recovery codes go with them.
    const [, factors] = await manager.query<[unknown[], number]>(
      'DELETE FROM authenticators WHERE subject_ref = $1',
      [subjectRef],
    );
    return { recordsErased: (affected ?? 0) + factors, recordsKept: [] };
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { SubjectRef } from '../platform/index.js';
import {
  type ErasureReport,
  type PersonalDataExcerpt,
  type PersonalDataSource,
  PersonalDataSources,
} from '../privacy/index.js';
import { SealedFacts } from './case-facts.js';
import { Case } from './case.entity.js';

const casesMax = 1_000;

/** Answers for what cases hold of a person. */
@Injectable()
export class CasePersonalData implements PersonalDataSource, OnModuleInit {
  readonly context = 'cases';
  readonly tables = ['cases', 'containments', 'refunds'];

  constructor(
    private readonly sources: PersonalDataSources,
    private readonly facts: SealedFacts,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async collect(
    manager: EntityManager,
    subjectRef: SubjectRef,
  ): Promise<readonly PersonalDataExcerpt[]> {
    const found = await manager.find(Case, {
      where: { subjectRef },
      order: { id: 'ASC' },
      take: casesMax,
    });
    const records = [];
    for (const one of found) {
      const { number, type, status, receivedAt } = one;
      const facts = await this.facts.open(manager, one);
      records.push({ number, type, status, receivedAt: receivedAt.toISOString(), ...facts });
    }
    return [{ category: 'cases', records }];
  }

  /** Evidence of error resolution is kept (12 CFR 1005.13(b)); the person's key goes when that ends. */
  async erase(manager: EntityManager, subjectRef: SubjectRef): Promise<ErasureReport> {
    const count = await manager.countBy(Case, { subjectRef });
    const reason = 'Evidence of error resolution: 12 CFR 1005.13(b), GDPR Art. 17(3)(b) and (e)';
    return { recordsErased: 0, recordsKept: count === 0 ? [] : [{ count, reason }] };
  }
}

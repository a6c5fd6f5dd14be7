import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThan, MoreThanOrEqual } from 'typeorm';

import { Approvals, Exposures } from '../../authority/index.js';
import { ReaderDatabase } from '../../platform/index.js';
import { Refund } from '../refund/refund.entity.js';
import { MoneyDifference } from './money-difference.entity.js';
import type { Movement } from './money-difference.js';

const firstId = '00000000-0000-0000-0000-000000000000';

/** Movements as they stand here, each with its approval and what it counted with. */
@Injectable()
export class RecordedMovements {
  constructor(
    private readonly reader: ReaderDatabase,
    private readonly approvals: Approvals,
    private readonly exposures: Exposures,
  ) {}

  /** A page by id, ascending. */
  async list(page: {
    readonly from: Date;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<readonly Movement[]> {
    const refunds = await this.reader.manager.find(Refund, {
      where: { requestedAt: MoreThanOrEqual(page.from), id: MoreThan(page.after ?? firstId) },
      order: { id: 'ASC' },
      take: page.limit,
    });
    return this.#withRecords(refunds);
  }

  async find(ids: readonly string[]): Promise<readonly Movement[]> {
    return this.#withRecords(await this.reader.manager.findBy(Refund, { id: In([...ids]) }));
  }

  /** The differences that stand of these movements, by id and kind. */
  async differencesOf(ids: readonly string[]): Promise<ReadonlyMap<string, MoneyDifference>> {
    const standing = await this.reader.manager.findBy(MoneyDifference, {
      refundId: In([...ids]),
      goneAt: IsNull(),
    });
    return new Map(standing.map((found) => [`${found.refundId} ${found.kind}`, found]));
  }

  async #withRecords(refunds: readonly Refund[]): Promise<readonly Movement[]> {
    const ids = refunds.map(({ id }) => id);
    const approvals = await this.approvals.standingOf(this.reader.manager, ids);
    const counted = await this.exposures.amountsOf(this.reader, ids);
    return refunds.map(
      ({ id, state, accountId, amountMinor, currency, bookingId, requestedAt }) => ({
        ...{ id, state, accountId, amountMinor, currency, bookingId, requestedAt },
        approval: approvals.get(id) ?? null,
        countedMinor: counted.get(id) ?? null,
      }),
    );
  }
}

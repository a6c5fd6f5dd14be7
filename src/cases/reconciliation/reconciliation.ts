import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';

import { CoreBanking, type RefundBooking } from '../../banking/index.js';
import {
  type AuditEventDraft,
  AuditedTransaction,
  committed,
  type Tx,
} from '../../ledger/index.js';
import { serviceActor } from '../../platform/index.js';
import { MoneyAlerts } from './money-alerts.js';
import { compareMoney, type Movement, type MoneyDifferenceKind } from './money-difference.js';
import { MoneyDifference } from './money-difference.entity.js';
import {
  moneyDifferenceFound,
  moneyDifferenceGone,
  moneyReconciled,
} from './reconciliation.events.js';
import { RecordedMovements } from './recorded-movements.js';

/** What one run did. */
export interface ReconciliationRun {
  readonly compared: number;
  readonly found: number;
  readonly gone: number;
  readonly open: number;
}

interface Compared {
  readonly id: string;
  readonly kinds: readonly MoneyDifferenceKind[];
}

const pageSize = 500;
const windowMilliseconds = 35 * 86_400_000;

/** Compares what was approved, what was executed and what the bank booked, and reports what differs. */
@Injectable()
export class Reconciliation {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly movements: RecordedMovements,
    private readonly banking: CoreBanking,
    private readonly alerts: MoneyAlerts,
  ) {}

  /**
   * Compares the last five weeks page by page, from our side and from the bank's.
   *
   * @throws BankUnavailable where the bank is silent; what was found until then stands.
   */
  async run(now: Date): Promise<ReconciliationRun> {
    const from = new Date(now.getTime() - windowMilliseconds);
    const total = { compared: 0, found: 0, gone: 0 };
    for await (const page of this.#pages(from, now)) {
      const { found, gone } = await this.#record(page);
      total.compared += page.length;
      total.found += found;
      total.gone += gone;
    }
    return this.#close(total, from);
  }

  async *#pages(from: Date, now: Date): AsyncGenerator<readonly Compared[]> {
    for (let after: string | null = null; ;) {
      const ours: readonly Movement[] = await this.movements.list({ from, after, limit: pageSize });
      const booked = await this.banking.findRefundBookings(ours.map(({ id }) => id));
      const byId = new Map(booked.map((booking) => [booking.refundId, booking]));
      yield ours.map((movement) => ({
        id: movement.id,
        kinds: compareMoney(movement, byId.get(movement.id) ?? null, now),
      }));
      after = ours.at(-1)?.id ?? null;
      if (ours.length < pageSize) break;
    }
    for (let after: string | null = null; ;) {
      const page = { bookedFrom: from, after, limit: pageSize };
      const booked: readonly RefundBooking[] = await this.banking.listRefundBookings(page);
      const ours = await this.movements.find(booked.map(({ refundId }) => refundId));
      const byId = new Map(ours.map((movement) => [movement.id, movement]));
      yield booked.map((booking) => ({
        id: booking.refundId,
        kinds: compareMoney(byId.get(booking.refundId) ?? null, booking, now),
      }));
      after = booked.at(-1)?.refundId ?? null;
      if (booked.length < pageSize) break;
    }
  }

  /** Keeps what is new and closes what is gone; a page that changes nothing writes nothing. */
  async #record(page: readonly Compared[]): Promise<{ found: number; gone: number }> {
    const ids = page.map(({ id }) => id);
    const change = await this.movements.differencesOf(ids);
    const found = page.flatMap(({ id, kinds }) =>
      kinds.filter((kind) => !change.has(`${id} ${kind}`)).map((kind) => ({ refundId: id, kind })),
    );
    const standing = new Set(page.flatMap(({ id, kinds }) => kinds.map((kind) => `${id} ${kind}`)));
    const gone = [...change.values()].filter(
      ({ refundId, kind }) => !standing.has(`${refundId} ${kind}`),
    );
    if (found.length + gone.length === 0) return { found: 0, gone: 0 };
    await this.audited.run(serviceActor('reconciliation', randomUUID()), async (tx) => {
      const [first, ...others] = [...(await this.#keep(tx, found)), ...(await this.#end(tx, gone))];
      if (!first) throw new Error('A page that changes nothing came to be written');
      return committed({}, first, ...others);
    });
    return { found: found.length, gone: gone.length };
  }

  async #keep(
    tx: Tx,
    found: readonly { refundId: string; kind: MoneyDifferenceKind }[],
  ): Promise<AuditEventDraft[]> {
    for (const difference of found) {
      await tx.manager.upsert(MoneyDifference, { ...difference, foundAt: tx.now, goneAt: null }, [
        'refundId',
        'kind',
      ]);
    }
    return found.map((detail) =>
      moneyDifferenceFound({
        resource: { kind: 'refund', id: detail.refundId },
        outcome: 'failed',
        detail,
      }),
    );
  }

  async #end(tx: Tx, gone: readonly MoneyDifference[]): Promise<AuditEventDraft[]> {
    for (const { refundId, kind } of gone) {
      await tx.manager.update(MoneyDifference, { refundId, kind }, { goneAt: tx.now });
    }
    return gone.map(({ refundId, kind }) =>
      moneyDifferenceGone({
        resource: { kind: 'refund', id: refundId },
        detail: { refundId, kind },
      }),
    );
  }

  async #close(total: Omit<ReconciliationRun, 'open'>, from: Date): Promise<ReconciliationRun> {
    return this.audited.run(serviceActor('reconciliation', randomUUID()), async (tx) => {
      const open = await tx.manager.countBy(MoneyDifference, { goneAt: IsNull() });
      if (total.found > 0) await this.alerts.tell(tx, total.found);
      const run = { ...total, open };
      return committed(run, moneyReconciled({ detail: { ...run, from: from.toISOString() } }));
    });
  }
}

import { Injectable } from '@nestjs/common';

import { Approvals, refusalOf } from '../../authority/index.js';
import { BankUnavailable } from '../../banking/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  type IdempotencyRequest,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import {
  type Actor,
  formatMoney,
  parseMoney,
  platformProblems,
  type Problem,
} from '../../platform/index.js';
import type { Decision } from '../../policy/index.js';
import { type LimitedMovement, MoneyLimits, type Touched } from './money-limits.js';
import { type Destination, RefundBank } from './refund-bank.js';
import type { CreatedRefund, RefundIntent } from './refund-intent.js';
import { eventsOf } from './refund-kind.js';
import { refundProblems } from './refund.problems.js';
import type { Refund } from './refund.entity.js';
import { type LockedCase, Refunds } from './refunds.js';

/** For whom: who asks, and under which key. */
interface Asking {
  readonly actor: Actor;
  readonly idempotency: IdempotencyRequest | undefined;
}

interface Locked {
  readonly of: LockedCase;
  readonly touched: Touched;
}

/** Commits the intent first, within the limits of all the sums it belongs to, and asks the bank after it. */
@Injectable()
export class RefundIntents {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly limits: MoneyLimits,
    private readonly approvals: Approvals,
    private readonly refunds: Refunds,
    private readonly bank: RefundBank,
  ) {}

  async take(intent: RefundIntent, asking: Asking): Promise<Audited<CreatedRefund>> {
    const { actor, idempotency } = asking;
    const movement = movementOf(intent);
    // Who may not refund learns nothing of the bank, nor waits for it; judged again under the lock.
    const decision = await this.limits.decide(null, actor, { movement, touched: null });
    const destination = isRefused(decision) ? null : await this.#destinationOf(intent);
    const intended = await this.audited.run(
      actor,
      (tx) => this.#intend(tx, intent, { movement, destination }),
      { idempotency },
    );
    if (intended.refund.state !== 'executing') return intended;
    // The intent stands. Whatever becomes of this process now, the bank books this id once.
    const refund = await this.refunds.find(intended.refund.id);
    const executed = refund && (await this.bank.execute(refund, { actor, idempotency }));
    return executed ?? intended;
  }

  async #destinationOf(intent: RefundIntent): Promise<Destination> {
    try {
      return await this.bank.findDestination(intent);
    } catch (error) {
      if (error instanceof BankUnavailable) throw platformProblems['service.unavailable']();
      throw error;
    }
  }

  async #intend(
    tx: Tx,
    intent: RefundIntent,
    { movement, destination }: { movement: LimitedMovement; destination: Destination | null },
  ): Promise<WriteOutcome<CreatedRefund>> {
    const locked = await this.#lock(tx, intent.caseId, destination);
    const touched = locked?.touched ?? null;
    const decision = await this.limits.decide(tx, tx.actor, { movement, touched });
    const problem =
      problemOf(decision, locked?.of ?? null, { destination, intent }) ??
      (await this.#feeProblem(tx, movement, destination));
    if (problem || !locked || !destination?.accountId) {
      const detail = formatMoney(movement.amountMinor, movement.currency);
      const event = eventsOf[intent.kind].refused({ decision, detail });
      return refused(problem ?? platformProblems['resource.not_found'](), event);
    }
    const { accountId, linkedRefs } = destination;
    const { amountMinor, currency, category } = movement;
    const state = decision.kind === 'permit' ? 'executing' : 'awaiting_approval';
    const { kind, reason, feeTransactionId } = intent;
    const refund = await this.refunds.insert(tx, locked.of, {
      ...{ kind, accountId, amountMinor, currency, category, feeTransactionId },
      linkedRefs: [...linkedRefs],
      reason,
      state,
    });
    if (state === 'executing') {
      await this.limits.count(tx, refund, locked.touched);
    }
    return this.#commit(tx, refund, { decision, locked });
  }

  async #commit(
    tx: Tx,
    refund: Refund,
    { decision, locked }: { decision: Decision; locked: Locked },
  ): Promise<WriteOutcome<CreatedRefund>> {
    const { id, kind, state, amountMinor, currency, category } = refund;
    const aggregateMinor = locked.of.refundedMinor + amountMinor;
    const requested = eventsOf[kind].requested({
      decision,
      resource: { kind, id },
      subjectRef: locked.of.subjectRef,
      caseId: locked.of.id,
      detail: {
        refundId: id,
        ...formatMoney(amountMinor, currency),
        aggregate: formatMoney(aggregateMinor, currency).amount,
        category,
        state,
      },
    });
    const alerts = await this.limits.alertOnSplit(tx, refund, {
      touched: locked.touched,
      decision,
    });
    const result = { refund: { id, state } };
    if (decision.kind !== 'approval') return committed(result, requested, ...alerts);
    const { view, event } = await this.approvals.request(
      tx,
      {
        resource: { kind, id },
        caseId: locked.of.id,
        ...{ amountMinor, aggregateMinor, currency, category },
      },
      decision,
    );
    return committed({ ...result, approvalRequest: view }, requested, event, ...alerts);
  }

  async #lock(tx: Tx, caseId: string, destination: Destination | null): Promise<Locked | null> {
    const locked = await this.refunds.lockCase(tx, caseId);
    if (!locked) return null;
    const { id, subjectRef } = locked;
    const { accountId = null, linkedRefs = [] } = destination ?? {};
    return { of: locked, touched: { id, subjectRef, accountId, linkedRefs } };
  }

  /** A fee is given back once, and never more than it was. */
  async #feeProblem(
    tx: Tx,
    { amountMinor }: LimitedMovement,
    destination: Destination | null,
  ): Promise<Problem | null> {
    if (!destination?.fee) return null;
    const { id, feeMinor } = destination.fee;
    const reversed = await this.refunds.reversedOf(tx, id);
    return reversed + amountMinor > feeMinor ? refundProblems['fee_reversal.exceeds_fee']() : null;
  }
}

function movementOf({ kind, caseId, amount, category }: RefundIntent): LimitedMovement {
  return { kind, caseId, ...parseMoney(amount), category };
}

function isRefused({ kind }: Decision): boolean {
  return kind === 'deny' || kind === 'step_up';
}

/** Why it cannot be taken at all; null where it can, at once or with approval. */
function problemOf(
  decision: Decision,
  locked: LockedCase | null,
  { destination, intent }: { destination: Destination | null; intent: RefundIntent },
): Problem | null {
  if (decision.kind === 'deny' || decision.kind === 'step_up') return refusalOf(decision);
  if (!locked) return platformProblems['resource.not_found']();
  if (locked.currency !== null && locked.currency !== intent.amount.currency) {
    return refundProblems['refund.currency_mixed']();
  }
  if (intent.feeTransactionId !== null && !destination?.fee) {
    return refundProblems['fee_reversal.fee_unknown']();
  }
  return destination?.accountId ? null : refundProblems['refund.account_unknown']();
}

import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Approvals, Authority, refusalOf } from '../../authority/index.js';
import { BankUnavailable } from '../../banking/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import { formatMoney, parseMoney, platformProblems, type Problem } from '../../platform/index.js';
import type { Decision } from '../../policy/index.js';
import { CreateRefund, type CreatedRefund } from './create-refund.command.js';
import { RefundBank } from './refund-bank.js';
import { refundRefused, refundRequested } from './refund.events.js';
import { refundProblems } from './refund.problems.js';
import { type LockedCase, Refunds } from './refunds.js';

@CommandHandler(CreateRefund)
export class CreateRefundHandler implements ICommandHandler<CreateRefund> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly approvals: Approvals,
    private readonly refunds: Refunds,
    private readonly bank: RefundBank,
  ) {}

  async execute(command: CreateRefund): Promise<Audited<CreatedRefund>> {
    const { actor, idempotency } = command;
    // Who may not refund learns nothing of the bank, nor waits for it; judged again under the lock.
    const decision = await this.#decide(null, command, null);
    const accountId = isRefused(decision) ? null : await this.#accountOf(command);
    const intended = await this.audited.run(actor, (tx) => this.#intend(tx, command, accountId), {
      idempotency,
    });
    if (intended.refund.state !== 'executing') return intended;
    // The intent stands. Whatever becomes of this process now, the bank books this id once.
    const refund = await this.refunds.find(intended.refund.id);
    const executed = refund && (await this.bank.execute(refund, { actor, idempotency }));
    return executed ?? intended;
  }

  #decide(
    tx: Tx | null,
    { actor, input }: CreateRefund,
    locked: LockedCase | null,
  ): Promise<Decision> {
    const { amountMinor, currency } = parseMoney(input.amount);
    return this.authority.decide(tx, actor, 'refund.create', {
      resource: { kind: 'case', id: input.caseId },
      amountMinor,
      aggregateMinor: (locked?.refundedMinor ?? 0n) + amountMinor,
      currency,
      category: input.category ?? null,
      caseId: input.caseId,
    });
  }

  async #accountOf({ input }: CreateRefund): Promise<string | null> {
    try {
      return await this.bank.findAccount(input.caseId, input.amount.currency);
    } catch (error) {
      if (error instanceof BankUnavailable) throw platformProblems['service.unavailable']();
      throw error;
    }
  }

  async #intend(
    tx: Tx,
    command: CreateRefund,
    accountId: string | null,
  ): Promise<WriteOutcome<CreatedRefund>> {
    const { input } = command;
    const { amountMinor, currency } = parseMoney(input.amount);
    const category = input.category ?? null;
    const locked = await this.refunds.lockCase(tx, input.caseId);
    const aggregateMinor = (locked?.refundedMinor ?? 0n) + amountMinor;
    const decision = await this.#decide(tx, command, locked);
    const problem = problemOf(decision, locked, { accountId, currency });
    if (problem || !locked || accountId === null) {
      const event = refundRefused({ decision, detail: formatMoney(amountMinor, currency) });
      return refused(problem ?? platformProblems['resource.not_found'](), event);
    }
    const state = decision.kind === 'permit' ? 'executing' : 'awaiting_approval';
    const refund = await this.refunds.insert(tx, locked, {
      accountId,
      amountMinor,
      currency,
      category,
      reason: input.reason,
      state,
    });
    const requested = refundRequested({
      decision,
      resource: { kind: 'refund', id: refund.id },
      subjectRef: locked.subjectRef,
      caseId: locked.id,
      detail: {
        refundId: refund.id,
        ...formatMoney(amountMinor, currency),
        aggregate: formatMoney(aggregateMinor, currency).amount,
        category,
        state,
      },
    });
    const result = { refund: { id: refund.id, state } };
    if (decision.kind !== 'approval') return committed(result, requested);
    const { view, event } = await this.approvals.request(
      tx,
      {
        resource: { kind: 'refund', id: refund.id },
        caseId: locked.id,
        amountMinor,
        aggregateMinor,
        currency,
        category,
      },
      decision,
    );
    return committed({ ...result, approvalRequest: view }, requested, event);
  }
}

function isRefused({ kind }: Decision): boolean {
  return kind === 'deny' || kind === 'step_up';
}

/** Why the refund cannot be taken at all; null where it can, at once or with approval. */
function problemOf(
  decision: Decision,
  locked: LockedCase | null,
  { accountId, currency }: { accountId: string | null; currency: string },
): Problem | null {
  if (decision.kind === 'deny' || decision.kind === 'step_up') return refusalOf(decision);
  if (!locked) return platformProblems['resource.not_found']();
  if (locked.currency !== null && locked.currency !== currency) {
    return refundProblems['refund.currency_mixed']();
  }
  return accountId === null ? refundProblems['refund.account_unknown']() : null;
}

import { Injectable, type OnModuleInit } from '@nestjs/common';

import {
  type ApprovableAction,
  ApprovableActions,
  type ApprovalDecision,
  type ApprovalRequest,
  type Facts,
} from '../../authority/index.js';
import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { type Actor, type CaseId, formatMoney } from '../../platform/index.js';
import { MoneyLimits, type Touched } from './money-limits.js';
import { RefundBank } from './refund-bank.js';
import type { Refund } from './refund.entity.js';
import { actionOf, eventsOf, type RefundKind, refundKinds } from './refund-kind.js';
import { type LockedCase, Refunds } from './refunds.js';

/** Lets money above the requester's level wait for consent, and moves it once when it came. */
@Injectable()
export class ApprovableRefunds implements OnModuleInit {
  constructor(
    private readonly actions: ApprovableActions,
    private readonly refunds: Refunds,
    private readonly bank: RefundBank,
    private readonly limits: MoneyLimits,
  ) {}

  onModuleInit(): void {
    for (const kind of refundKinds) this.actions.register(this.#actionOf(kind));
  }

  #actionOf(kind: RefundKind): ApprovableAction {
    return {
      action: actionOf[kind],
      factsNow: (tx, request) => this.#factsNow(tx, request),
      settle: (tx, request, decision) => this.#settle(tx, request, decision),
      execute: (request) => this.#execute(request),
      earlierOf: (tx, caseId, actor) => this.#earlierOf(tx, caseId, { kind, actor }),
    };
  }

  async #factsNow(tx: Tx, request: ApprovalRequest): Promise<Facts | null> {
    const refund = await this.refunds.lock(tx, request.resourceId);
    const locked = refund && (await this.refunds.lockCase(tx, refund.caseId));
    if (!locked || refund.state !== 'awaiting_approval') return null;
    if (locked.currency !== null && locked.currency !== refund.currency) return null;
    const agent = { id: refund.agentId, onBehalfOf: null };
    const touched = touchedBy(refund, locked);
    return {
      resource: { kind: 'case', id: refund.caseId },
      amountMinor: refund.amountMinor,
      currency: refund.currency,
      category: refund.category,
      caseId: refund.caseId,
      earlier: await this.limits.earlier(tx, refund.kind, { touched, actor: agent }),
    };
  }

  async #settle(
    tx: Tx,
    request: ApprovalRequest,
    decision: ApprovalDecision,
  ): Promise<readonly AuditEventDraft[]> {
    const refund = await this.refunds.lock(tx, request.resourceId);
    const locked = refund && (await this.refunds.lockCase(tx, refund.caseId));
    if (!locked) return [];
    refund.moveTo(decision === 'approved' ? 'executing' : decision);
    await this.refunds.save(tx, refund);
    if (refund.state === 'executing') {
      await this.limits.count(tx, refund, touchedBy(refund, locked));
    }
    const { id: refundId, kind, state, category, caseId } = refund;
    const money = formatMoney(refund.amountMinor, refund.currency);
    return [
      eventsOf[kind].settled({
        resource: { kind, id: refundId },
        caseId,
        detail: { refundId, ...money, category, state },
      }),
    ];
  }

  /** The bank's silence is not a failure here: the refund stays `executing` and the job asks again. */
  async #execute(request: ApprovalRequest): Promise<void> {
    const refund = await this.refunds.find(request.resourceId);
    if (refund?.state === 'executing') await this.bank.execute(refund);
  }

  async #earlierOf(
    tx: Tx,
    caseId: CaseId,
    { kind, actor }: { kind: RefundKind; actor: Actor },
  ): Promise<Awaited<ReturnType<MoneyLimits['earlier']>> | null> {
    const locked = await this.refunds.lockCase(tx, caseId);
    if (!locked) return null;
    // A question moves nothing: account and household are for the bank to tell when it is asked.
    const touched = { ...locked, accountId: null, linkedRefs: [] };
    return this.limits.earlier(tx, kind, { touched, actor });
  }
}

function touchedBy(refund: Refund, { id, subjectRef }: LockedCase): Touched {
  return { id, subjectRef, accountId: refund.accountId, linkedRefs: refund.linkedRefs };
}

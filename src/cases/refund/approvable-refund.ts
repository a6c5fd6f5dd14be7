import { Injectable, type OnModuleInit } from '@nestjs/common';

import {
  type ApprovableAction,
  ApprovableActions,
  type ApprovalDecision,
  type ApprovalRequest,
  type Facts,
} from '../../authority/index.js';
import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { type CaseId, formatMoney } from '../../platform/index.js';
import { RefundBank } from './refund-bank.js';
import { refundSettled } from './refund.events.js';
import { Refunds } from './refunds.js';

/** Lets a refund above the requester's level wait for consent, and executes it once when it came. */
@Injectable()
export class ApprovableRefund implements ApprovableAction, OnModuleInit {
  readonly action = 'refund.create';

  constructor(
    private readonly actions: ApprovableActions,
    private readonly refunds: Refunds,
    private readonly bank: RefundBank,
  ) {}

  onModuleInit(): void {
    this.actions.register(this);
  }

  async factsNow(tx: Tx, request: ApprovalRequest): Promise<Facts | null> {
    const refund = await this.refunds.lock(tx, request.resourceId);
    const locked = refund && (await this.refunds.lockCase(tx, refund.caseId));
    if (!locked || refund.state !== 'awaiting_approval') return null;
    if (locked.currency !== null && locked.currency !== refund.currency) return null;
    return {
      resource: { kind: 'case', id: refund.caseId },
      amountMinor: refund.amountMinor,
      aggregateMinor: locked.refundedMinor + refund.amountMinor,
      currency: refund.currency,
      category: refund.category,
      caseId: refund.caseId,
    };
  }

  async settle(
    tx: Tx,
    request: ApprovalRequest,
    decision: ApprovalDecision,
  ): Promise<readonly AuditEventDraft[]> {
    const refund = await this.refunds.lock(tx, request.resourceId);
    if (!refund) return [];
    refund.moveTo(decision === 'approved' ? 'executing' : decision);
    await this.refunds.save(tx, refund);
    const { id: refundId, state, category, caseId } = refund;
    const money = formatMoney(refund.amountMinor, refund.currency);
    return [
      refundSettled({
        resource: { kind: 'refund', id: refundId },
        caseId,
        detail: { refundId, ...money, category, state },
      }),
    ];
  }

  /** The bank's silence is not a failure here: the refund stays `executing` and the job asks again. */
  async execute(request: ApprovalRequest): Promise<void> {
    const refund = await this.refunds.find(request.resourceId);
    if (refund?.state === 'executing') await this.bank.execute(refund);
  }

  async aggregateOf(tx: Tx, caseId: CaseId, currency: string): Promise<bigint | null> {
    const locked = await this.refunds.lockCase(tx, caseId);
    if (!locked || (locked.currency !== null && locked.currency !== currency)) return null;
    return locked.refundedMinor;
  }
}

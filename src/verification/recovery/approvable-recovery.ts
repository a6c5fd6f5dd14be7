import { Injectable, type OnModuleInit } from '@nestjs/common';

import {
  type ApprovableAction,
  ApprovableActions,
  type ApprovalDecision,
  type ApprovalRequest,
  type Facts,
} from '../../authority/index.js';
import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { factorRecoverySettled } from '../verification.events.js';
import { FactorRecoveries } from './factor-recoveries.js';
import { RecoveryCodeDelivery } from './recovery-code-delivery.js';

/** Lets a recovery wait for a second person, and issues its code once when they consented. */
@Injectable()
export class ApprovableRecovery implements ApprovableAction, OnModuleInit {
  readonly action = 'factor-recovery.request';

  constructor(
    private readonly actions: ApprovableActions,
    private readonly recoveries: FactorRecoveries,
    private readonly delivery: RecoveryCodeDelivery,
  ) {}

  onModuleInit(): void {
    this.actions.register(this);
  }

  async factsNow(tx: Tx, request: ApprovalRequest): Promise<Facts | null> {
    const recovery = await this.recoveries.lock(tx, request.resourceId);
    if (recovery?.state !== 'awaiting_approval') return null;
    return { resource: { kind: 'factor-recovery', id: recovery.id } };
  }

  async settle(
    tx: Tx,
    request: ApprovalRequest,
    decision: ApprovalDecision,
  ): Promise<readonly AuditEventDraft[]> {
    const recovery = await this.recoveries.lock(tx, request.resourceId);
    if (!recovery) return [];
    await this.recoveries.moveTo(tx, recovery, decision);
    const { id, subjectRef } = recovery;
    const resource = { kind: 'factor-recovery', id };
    return [factorRecoverySettled({ subjectRef, resource, detail: { decision } })];
  }

  execute(request: ApprovalRequest): Promise<void> {
    return this.delivery.deliver(request.resourceId);
  }

  /** No money moves: there is no sum. */
  aggregateOf(): Promise<null> {
    return Promise.resolve(null);
  }
}

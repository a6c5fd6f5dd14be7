import { Injectable, Logger } from '@nestjs/common';

import {
  type AuditEventDraft,
  AuditedTransaction,
  committed,
  type Tx,
} from '../../ledger/index.js';
import { type Actor, IdSource, serviceActor } from '../../platform/index.js';
import { approvalExecuted, approvalExecutionResumed } from '../authority.events.js';
import { ApprovableActions } from './approvable-action.port.js';
import { ApprovalRequest } from './approval-request.entity.js';
import { about, Approvals, detailOf } from './approvals.js';

/** Another process was first: nothing is left to do and nothing to report. */
class NothingDue extends Error {
  override readonly name = 'NothingDue';
}

type Step = (tx: Tx, request: ApprovalRequest) => Promise<AuditEventDraft>;

/** Carries approved requests out, in the requester's name. */
@Injectable()
export class ApprovalExecution {
  readonly #logger = new Logger('ApprovalExecution');

  constructor(
    private readonly audited: AuditedTransaction,
    private readonly approvals: Approvals,
    private readonly actions: ApprovableActions,
    private readonly ids: IdSource,
  ) {}

  /**
   * Hands the request to its action and marks it executed; only the process that holds the claim
   * calls this. Where the action fails, the request stays approved and a sweep takes it up again.
   */
  async carryOut(request: ApprovalRequest): Promise<ApprovalRequest> {
    try {
      await this.actions.get(request.action).execute(request);
    } catch (cause) {
      this.#logger.error({ approvalRequestId: request.id, err: cause }, 'An execution failed');
      return request;
    }
    const executed = await this.#change(request.id, async (tx, current) => {
      await this.approvals.save(tx, current, 'executed');
      return approvalExecuted({ ...about(current), detail: detailOf(current) });
    });
    return executed ?? request;
  }

  /** Takes over a request whose process went away, unless another one was faster. */
  async resume(id: string, claimedBefore: Date): Promise<void> {
    const claimed = await this.#change(id, async (tx, current) => {
      if (current.claimedAt && current.claimedAt >= claimedBefore) throw new NothingDue();
      current.claimedAt = tx.now;
      await tx.manager.update(ApprovalRequest, { id }, { claimedAt: tx.now });
      return approvalExecutionResumed({ ...about(current), detail: detailOf(current) });
    });
    if (claimed) await this.carryOut(claimed);
  }

  /** One step on a request that is approved and not executed; null where it is not so any more. */
  async #change(id: string, step: Step): Promise<ApprovalRequest | null> {
    try {
      const { request } = await this.audited.run(this.#actor(), async (tx) => {
        const current = await this.approvals.lock(tx, id);
        if (current?.state !== 'approved') throw new NothingDue();
        const event = await step(tx, current);
        return committed({ request: current }, event);
      });
      return request;
    } catch (error) {
      if (error instanceof NothingDue) return null;
      throw error;
    }
  }

  #actor(): Actor {
    return serviceActor('approvals', this.ids.random());
  }
}

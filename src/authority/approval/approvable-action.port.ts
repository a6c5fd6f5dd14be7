import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import type { Actor, CaseId } from '../../platform/index.js';
import type { EarlierSum, Facts } from '../authority.js';
import type { ApprovalRequest } from './approval-request.entity.js';

/** How a request ended its vote. */
export type ApprovalDecision = 'approved' | 'rejected' | 'expired' | 'superseded';

/**
 * An action that may wait for consent; the context that owns it implements this and registers it
 * with `ApprovableActions` in `onModuleInit`.
 */
export interface ApprovableAction {
  /** As in `policies/authority.yaml`. */
  readonly action: string;
  /**
   * Locks the aggregate and answers the facts as they stand now, this action included; null where
   * what was requested is gone or no longer waits.
   */
  factsNow(tx: Tx, request: ApprovalRequest): Promise<Facts | null>;
  /** Moves the waiting resource along, in the transaction of the decision; answers its own events. */
  settle(
    tx: Tx,
    request: ApprovalRequest,
    decision: ApprovalDecision,
  ): Promise<readonly AuditEventDraft[]>;
  /**
   * Carries the approved action out, after the commit that approved it. Called again after a crash:
   * must do nothing the second time. Resolves once the action's own records have taken charge of it.
   */
  execute(request: ApprovalRequest): Promise<void>;
  /**
   * What related actions came to before one by this actor on this case; null for an unknown case.
   * An action that moves no money has none.
   */
  earlierOf?(tx: Tx, caseId: CaseId, actor: Actor): Promise<readonly EarlierSum[] | null>;
}

/** The actions that may wait for consent, by name. */
@Injectable()
export class ApprovableActions {
  readonly #actions = new Map<string, ApprovableAction>();

  /** @throws Error where the action is registered already. */
  register(action: ApprovableAction): void {
    if (this.#actions.has(action.action)) throw new Error(`${action.action} is registered twice`);
    this.#actions.set(action.action, action);
  }

  find(action: string): ApprovableAction | undefined {
    return this.#actions.get(action);
  }

  /** @throws Error where nobody registered the action. */
  get(action: string): ApprovableAction {
    const found = this.find(action);
    if (!found) throw new Error(`Nobody can carry out ${action}`);
    return found;
  }
}

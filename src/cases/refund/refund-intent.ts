import type { Money } from '../../platform/index.js';
import type { RefundKind } from './refund-kind.js';

/** Either the refund with its state, or the approval that it waits for. */
export interface CreatedRefund {
  readonly refund: { readonly id: string; readonly state: string };
  readonly approvalRequest?: {
    readonly id: string;
    readonly level: string;
    readonly rule: string;
    readonly groups: readonly string[];
  };
}

/** What somebody asks the bank to give back. */
export interface RefundIntent {
  readonly kind: RefundKind;
  readonly caseId: string;
  readonly amount: Money;
  readonly category: string | null;
  readonly reason: string;
  /** The fee that is given back; null for a refund. */
  readonly feeTransactionId: string | null;
}

import { Command } from '@nestjs/cqrs';

import { Authorized } from '../../authority/index.js';
import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import type { Actor, Channel, ConversationId, MinorMoney } from '../../platform/index.js';
import type { CaseSummary } from '../case-view.js';
import type { ReportedCard } from '../containment/card-lookup.js';
import type { ContainmentReason, ContainmentState } from '../containment/containment-state.js';

export interface FraudReport {
  readonly channel: Channel;
  readonly conversationId?: ConversationId | null | undefined;
  readonly amount?: MinorMoney | undefined;
  readonly merchant?: string | undefined;
  /** ISO date. */
  readonly occurredOn?: string | undefined;
  readonly description?: string | undefined;
  readonly card?: ReportedCard | undefined;
  /** The customer whom staff report for. */
  readonly customerNumber?: string | undefined;
  /** How sure the classifier was; absent where a person chose the form. */
  readonly confidencePermille?: number | undefined;
}

export interface FraudReported {
  readonly case: CaseSummary;
  readonly containment: {
    readonly id: string;
    readonly state: ContainmentState;
    readonly reason: ContainmentReason | null;
  };
  /** UTC, ISO 8601. */
  readonly callBackDueAt: string;
  /** `**34`; null for a guest, and where the bank is silent. */
  readonly maskedPhone: string | null;
}

/** Takes notice of fraud from anybody, verified or not (12 CFR 1005.6(b)(5), 1005.11(b)(1)). */
@Authorized('fraud.report')
export class ReportFraud extends Command<Audited<FraudReported>> {
  constructor(
    readonly input: FraudReport,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}

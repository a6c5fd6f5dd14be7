import { Injectable } from '@nestjs/common';

import { Authority, Exposures } from '../../authority/index.js';
import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { type Actor, type CaseId, formatMoney, type SubjectRef } from '../../platform/index.js';
import type { Decision } from '../../policy/index.js';
import { Case } from '../case.entity.js';
import { TeamAlerts } from '../team-alerts.js';
import { splittingSuspected } from './refund.events.js';
import { actionOf, type RefundKind } from './refund-kind.js';

/** A movement of money as the limits see it. */
export interface LimitedMovement {
  readonly kind: RefundKind;
  readonly caseId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly category: string | null;
}

/** Whom it touches; null before the case is locked, and then only the amount itself is judged. */
export interface Touched {
  readonly id: CaseId;
  readonly subjectRef: SubjectRef;
  readonly linkedRefs: readonly SubjectRef[];
  readonly accountId: string | null;
}

/** Judges movements of money on the sums they belong to, and sounds the alarm where one looks split. */
@Injectable()
export class MoneyLimits {
  constructor(
    private readonly authority: Authority,
    private readonly exposures: Exposures,
    private readonly alerts: TeamAlerts,
  ) {}

  async decide(
    tx: Tx | null,
    actor: Actor,
    { movement, touched }: { movement: LimitedMovement; touched: Touched | null },
  ): Promise<Decision> {
    const { kind, caseId, amountMinor, currency, category } = movement;
    const earlier = tx && touched ? await this.earlier(tx, kind, { touched, actor }) : [];
    return this.authority.decide(tx, actor, actionOf[kind], {
      resource: { kind: 'case', id: caseId },
      amountMinor,
      currency,
      category,
      caseId,
      earlier,
    });
  }

  /** What was moved before within the same limits, under their locks. */
  earlier(
    tx: Tx,
    kind: RefundKind,
    { touched, actor }: { touched: Touched; actor: Pick<Actor, 'id' | 'onBehalfOf'> },
  ): ReturnType<Exposures['earlier']> {
    return this.exposures.earlier(tx, actionOf[kind], {
      caseId: touched.id,
      customerRef: touched.subjectRef,
      linkedRefs: touched.linkedRefs,
      beneficiary: touched.accountId,
      agentId: actor.onBehalfOf ?? actor.id,
    });
  }

  /** Counts a movement from the moment that the bank is asked for it. */
  async count(
    tx: Tx,
    movement: LimitedMovement & { readonly id: string; readonly agentId: string },
    touched: Touched,
  ): Promise<void> {
    await this.exposures.record(tx, {
      id: movement.id,
      action: actionOf[movement.kind],
      caseId: touched.id,
      customerRef: touched.subjectRef,
      beneficiary: touched.accountId,
      agentId: movement.agentId,
      amountMinor: movement.amountMinor,
      currency: movement.currency,
    });
  }

  /** The alert where the amount alone is within the requester's limit and a sum is not; else nothing. */
  async alertOnSplit(
    tx: Tx,
    movement: LimitedMovement,
    { touched, decision }: { touched: Touched; decision: Decision },
  ): Promise<readonly AuditEventDraft[]> {
    const split = decision.sums.filter((sum) => sum.split);
    if (split.length === 0) return [];
    const about = await tx.manager.findOneByOrFail(Case, { id: touched.id });
    await this.alerts.tell(tx, about, {
      teams: ['compliance'],
      template: 'team-splitting-alert',
    });
    return [
      splittingSuspected({
        decision,
        caseId: touched.id,
        subjectRef: touched.subjectRef,
        outcome: decision.kind === 'permit' ? 'success' : 'refused',
        detail: {
          action: actionOf[movement.kind],
          ...formatMoney(movement.amountMinor, movement.currency),
          sums: split.map(({ rule, total }) => ({
            rule,
            total: total.amount,
            currency: total.currency,
          })),
          decision: decision.kind,
        },
      }),
    ];
  }
}

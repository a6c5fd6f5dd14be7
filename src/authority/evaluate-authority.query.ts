import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import {
  type Audited,
  AuditedTransaction,
  disclosed,
  type ReadOutcome,
  refused,
  type Tx,
} from '../ledger/index.js';
import {
  type Actor,
  type CaseId,
  levels,
  moneySchema,
  parseMoney,
  platformProblems,
  positiveMoneySchema,
  type Problem,
} from '../platform/index.js';
import { aggregateScopes, type Decision } from '../policy/index.js';
import { ApprovableActions } from './approval/approvable-action.port.js';
import { approvalReceiptSchema } from './approval/approval-view.js';
import { Authority, type Facts } from './authority.js';
import { authorityEvaluated } from './authority.events.js';
import { Authorized } from './authorized.js';
import { refusalOf } from './refusal.js';

const nameCharactersMax = 64;

export const evaluateAuthoritySchema = z
  .strictObject({
    action: z.string().min(1).max(nameCharactersMax),
    amount: positiveMoneySchema.optional(),
    category: z.string().min(1).max(nameCharactersMax).optional(),
    caseId: z.uuid().optional(),
  })
  .meta({ id: 'EvaluateAuthority' });

export const authorityEvaluationSchema = z
  .strictObject({
    decision: z.enum(['permit', 'deny', 'step_up', 'approval']),
    level: z.enum(levels).nullable().describe('The level that amount and category need'),
    rule: z.string().nullable().describe('The rule that decided'),
    policyVersion: z.string(),
    because: z
      .array(
        z.strictObject({
          rule: z.string(),
          verdict: z.enum(['permits', 'forbids', 'requires', 'does_not_apply']),
          reason: z.string(),
        }),
      )
      .describe('The rules considered, in order'),
    sums: z
      .array(
        z.strictObject({
          rule: z.string(),
          scope: z.enum(aggregateScopes),
          total: moneySchema,
          level: z.enum(levels),
        }),
      )
      .describe('The sums that were judged, this action in each, in the base currency'),
    receipt: approvalReceiptSchema,
  })
  .meta({ id: 'AuthorityEvaluation' });
export type AuthorityEvaluation = Omit<z.infer<typeof authorityEvaluationSchema>, 'receipt'>;

type Input = z.infer<typeof evaluateAuthoritySchema>;

/** Tells what the actor may do, and why, without doing it. */
@Authorized('authority.evaluate')
export class EvaluateAuthority extends Query<Audited<AuthorityEvaluation>> {
  constructor(
    readonly input: Input,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(EvaluateAuthority)
export class EvaluateAuthorityHandler implements IQueryHandler<EvaluateAuthority> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly actions: ApprovableActions,
  ) {}

  execute(query: EvaluateAuthority): Promise<Audited<AuthorityEvaluation>> {
    const { actor, input } = query;
    return this.audited.disclose<AuthorityEvaluation>(actor, async (tx) => {
      const asking = await this.authority.decide(tx, actor, 'authority.evaluate', {});
      if (asking.kind !== 'permit') return refuse(refusalOf(asking), input, asking);
      const facts = await this.#facts(tx, query);
      if (!facts) return refuse(platformProblems['resource.not_found'](), input, asking);
      const decision = await this.authority.decide(tx, actor, input.action, facts);
      // What cannot be judged is the caller's mistake, not an answer.
      if (decision.kind === 'deny' && decision.problem.code === 'input.invalid') {
        return refuse(decision.problem, input, asking);
      }
      return disclosed(
        viewOf(decision),
        authorityEvaluated({ decision: asking, detail: detailOf(input, decision) }),
      );
    });
  }

  /** With what was done before within the same limits; null for a case that does not exist. */
  async #facts(
    tx: Tx,
    { actor, input: { action, amount, category, caseId } }: EvaluateAuthority,
  ): Promise<Facts | null> {
    const money = amount ? parseMoney(amount) : undefined;
    const facts: Facts = { ...money, category: category ?? null, caseId: caseId ?? null };
    const approvable = this.actions.find(action);
    if (caseId === undefined || !money || !approvable?.earlierOf) return facts;
    const earlier = await approvable.earlierOf(tx, caseId as CaseId, actor);
    return earlier === null ? null : { ...facts, earlier };
  }
}

function refuse(
  problem: Problem,
  input: Input,
  decision: Decision,
): ReadOutcome<AuthorityEvaluation> {
  return refused(problem, authorityEvaluated({ decision, detail: detailOf(input, null) }));
}

function viewOf({ kind, level, policy, because, sums }: Decision): AuthorityEvaluation {
  const { rule, version } = policy;
  return {
    decision: kind,
    level,
    rule,
    policyVersion: version,
    because: [...because],
    sums: sums.map(({ rule: sum, scope, total, level: needed }) => ({
      rule: sum,
      scope,
      total,
      level: needed,
    })),
  };
}

/** An action or category that the policy does not have may be any text, and is not recorded. */
function detailOf(
  { action, amount, category }: Input,
  decision: Decision | null,
): Parameters<typeof authorityEvaluated>[0]['detail'] {
  const judged = decision !== null && decision.because.length > 1;
  return {
    action: judged ? action : 'unknown',
    amount: amount?.amount ?? null,
    currency: amount?.currency ?? null,
    category: judged ? (category ?? null) : null,
    answer: decision?.kind ?? null,
    level: decision?.level ?? null,
    rule: judged ? decision.policy.rule : null,
  };
}

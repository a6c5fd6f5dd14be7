import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import {
  type Audited,
  AuditedTransaction,
  committed,
  failed,
  type Refused,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import {
  type Actor,
  IdSource,
  matchesEtag,
  platformProblems,
  type Problem,
} from '../../platform/index.js';
import type { Decision } from '../../policy/index.js';
import { redact } from '../../redaction/index.js';
import { approvalVoted, approvalVoteRefused } from '../authority.events.js';
import { authorityProblems } from '../authority.problems.js';
import { PolicyAuthority } from '../policy-authority.js';
import { refusalOf } from '../refusal.js';
import { ApprovalExecution } from './approval-execution.js';
import type { ApprovalRequest } from './approval-request.entity.js';
import { approvalTransitions } from './approval-state.js';
import { type ApprovalRequestView, viewOfRequest } from './approval-view.js';
import { ApprovalVote } from './approval-vote.entity.js';
import { about, Approvals, detailOf } from './approvals.js';
import { tally } from './tally.js';
import { VoteOnApproval } from './vote-on-approval.command.js';

@CommandHandler(VoteOnApproval)
export class VoteOnApprovalHandler implements ICommandHandler<VoteOnApproval> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: PolicyAuthority,
    private readonly approvals: Approvals,
    private readonly execution: ApprovalExecution,
    private readonly ids: IdSource,
  ) {}

  async execute(command: VoteOnApproval): Promise<Audited<ApprovalRequestView>> {
    const { actor, conditions } = command;
    const approved: ApprovalRequest[] = [];
    const voted = await this.audited.run(
      actor,
      async (tx) => {
        const outcome = await this.#vote(tx, command);
        if ('request' in outcome && outcome.request.state === 'approved') {
          approved.push(outcome.request);
        }
        return outcome;
      },
      { idempotency: conditions.idempotency },
    );
    // Only the vote that approved it carries it out: a repeated request comes here empty-handed.
    const [request] = approved;
    if (!request) return voted;
    return { ...viewOfRequest(await this.execution.carryOut(request)), receipt: voted.receipt };
  }

  async #vote(
    tx: Tx,
    { ask, actor, conditions }: VoteOnApproval,
  ): Promise<WriteOutcome<ApprovalRequestView> & { readonly request?: ApprovalRequest }> {
    const request = await this.approvals.lock(tx, ask.requestId);
    if (!request) return this.#refuseUnknown(actor);
    // What is decided is judged as it stood; what is open is judged on the facts of this moment.
    const need = request.isOpen ? await this.approvals.needNow(tx, request) : null;
    const decision = this.authority.judge(actor, 'approval.vote', {
      resource: { kind: 'approval-request', id: request.id },
      requesterIds: request.requesterIds,
      requirement: need?.requirement ?? request.requirement,
    });
    if (decision.kind !== 'permit') return refuse(request, refusalOf(decision), decision);
    const obstacle = obstacleOf(request, conditions.ifMatch);
    if (obstacle) return refuse(request, obstacle, decision);
    if (request.expiresAt <= tx.now) return this.#end(tx, request, 'expired');
    if (need?.superseded) return this.#end(tx, request, 'superseded');
    return this.#count(tx, request, { actor, ask, decision });
  }

  /** Whoever may vote on none does not learn which there are. */
  #refuseUnknown(actor: Actor): Refused {
    const decision = this.authority.judge(actor, 'approval.vote', {});
    const isDenied = decision.kind === 'deny' && decision.problem.code === 'authority.denied';
    const problem = isDenied ? decision.problem : platformProblems['resource.not_found']();
    return refused(problem, approvalVoteRefused({ decision, detail: { action: null } }));
  }

  async #count(
    tx: Tx,
    request: ApprovalRequest,
    { actor, ask, decision }: Pick<VoteOnApproval, 'actor' | 'ask'> & { decision: Decision },
  ): Promise<WriteOutcome<ApprovalRequestView> & { readonly request?: ApprovalRequest }> {
    const earlier = await tx.manager.find(ApprovalVote, { where: { requestId: request.id } });
    const vote = voteOf(request, actor, { id: this.ids.ordered(), now: tx.now, ...ask.input });
    if (earlier.some(({ personId }) => personId === vote.personId)) {
      return refuse(request, authorityProblems['approval.already_voted'](), decision);
    }
    await tx.manager.insert(ApprovalVote, vote);
    const state = tally([...earlier, vote], request.requirement);
    const settled =
      state === 'partially_approved' ? [] : await this.approvals.settle(tx, request, state);
    if (state === 'partially_approved' && request.state !== state) {
      await this.approvals.save(tx, request, state);
    }
    const detail = { ...detailOf(request), vote: vote.decision, state };
    const event = approvalVoted({ ...about(request), decision, detail });
    return { ...committed(viewOfRequest(request), event, ...settled), request };
  }

  /** The end of the vote is kept, and the voter is told of it. */
  async #end(
    tx: Tx,
    request: ApprovalRequest,
    state: 'expired' | 'superseded',
  ): Promise<WriteOutcome<ApprovalRequestView>> {
    const [event, ...more] = await this.approvals.settle(tx, request, state);
    return failed(authorityProblems[`approval.${state}`]({ allowed: [] }), event, ...more);
  }
}

function refuse(request: ApprovalRequest, problem: Problem, decision: Decision): Refused {
  const detail = { action: request.action };
  return refused(problem, approvalVoteRefused({ ...about(request), decision, detail }));
}

function obstacleOf(request: ApprovalRequest, ifMatch: string | null): Problem | null {
  if (!request.isOpen) {
    return authorityProblems['approval.decided']({ allowed: approvalTransitions[request.state] });
  }
  return matchesEtag(ifMatch, request.etag) ? null : authorityProblems['approval.changed']();
}

function voteOf(
  request: ApprovalRequest,
  actor: Actor,
  given: { id: string; now: Date; decision: ApprovalVote['decision']; reason: string },
): ApprovalVote {
  return Object.assign(new ApprovalVote(), {
    id: given.id,
    requestId: request.id,
    voterId: actor.id,
    personId: actor.onBehalfOf ?? actor.id,
    level: actor.level,
    groups: request.groups.filter((group) => actor.roles.includes(group)),
    decision: given.decision,
    reason: redact(given.reason).text,
    createdAt: given.now,
  });
}

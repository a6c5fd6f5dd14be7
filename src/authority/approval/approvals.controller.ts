import { Body, Controller, Get, Headers, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';

import type { IdempotencyRequest } from '../../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  Idempotency,
  PathId,
} from '../../platform/index.js';
import { approvalRequestDetailSchema, GetApprovalRequest } from './get-approval-request.query.js';
import {
  approvalRequestListSchema,
  ListApprovalRequests,
  listApprovalRequestsSchema,
} from './list-approval-requests.query.js';
import {
  VoteOnApproval,
  votedApprovalSchema,
  voteOnApprovalSchema,
} from './vote-on-approval.command.js';

/** Every kind of token comes in: what it may do is authority's question, and its refusal is an event. */
@Controller('v1/approval-requests')
@Authenticated('staff', 'customer', 'guest', 'client')
export class ApprovalsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiRoute({
    summary: 'List approval requests, newest first',
    tag: 'authority',
    responses: { 200: approvalRequestListSchema },
    problems: ['authority.denied'],
  })
  list(
    @Query({ schema: listApprovalRequestsSchema })
    input: z.infer<typeof listApprovalRequestsSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new ListApprovalRequests(input, actor));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read an approval request and its votes',
    tag: 'authority',
    responses: { 200: approvalRequestDetailSchema },
    problems: ['authority.denied', 'resource.not_found'],
  })
  async read(
    @PathId('id') id: string,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const request = await this.queries.execute(new GetApprovalRequest(id, actor));
    reply.header('ETag', `"${request.version}"`);
    return request;
  }

  @Post(':id/votes')
  @ApiRoute({
    summary: 'Approve or reject a request of somebody else',
    tag: 'authority',
    responses: { 201: votedApprovalSchema },
    headers: { 'If-Match': 'Votes only on this version of the request (its `ETag`).' },
    problems: [
      'authority.denied',
      'approval.own_request',
      'resource.not_found',
      'approval.decided',
      'approval.already_voted',
      'approval.superseded',
      'approval.expired',
      'approval.changed',
    ],
  })
  vote(
    @PathId('id') requestId: string,
    @Body({ schema: voteOnApprovalSchema }) input: z.infer<typeof voteOnApprovalSchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: true }) idempotency: IdempotencyRequest,
    @Headers('if-match') ifMatch?: string,
  ): Promise<unknown> {
    const conditions = { idempotency, ifMatch: ifMatch ?? null };
    return this.commands.execute(new VoteOnApproval({ requestId, input }, actor, conditions));
  }
}

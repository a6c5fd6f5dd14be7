import { Body, Controller, Get, Headers, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

import type { IdempotencyRequest } from '../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  Idempotency,
  PathId,
} from '../platform/index.js';
import { etagOf } from './case.entity.js';
import { caseSummarySchema } from './case-view.js';
import { containmentViewSchema } from './containment/containment-view.js';
import { containmentListSchema, ListContainments } from './containment/list-containments.query.js';
import { ReleaseContainment } from './containment/release-containment.command.js';
import { deadlineListSchema, ListDeadlines } from './deadline/list-deadlines.query.js';
import { caseDetailSchema, GetCase } from './get-case.query.js';
import {
  caseListSchema,
  ListCases,
  type ListCasesInput,
  listCasesSchema,
} from './list-cases.query.js';
import { commandFor, type NewCaseInput, newCaseSchema } from './new-case.js';

const openedSchema = z.object({ case: caseSummarySchema }).meta({ id: 'OpenedCase' });
const releasedSchema = z
  .object({ containment: containmentViewSchema })
  .meta({ id: 'ReleasedContainment' });
const tag = 'Cases';
const readProblems = [
  'resource.not_found',
  'purpose.unknown',
  'purpose.not_allowed',
  'authority.denied',
];

/** Every kind of token comes in: what it may do is authority's question, and its refusal is an event. */
@Controller('v1/cases')
@Authenticated('customer', 'guest', 'staff', 'client')
export class CasesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    tag,
    summary: 'Open a case; a notice is taken at once, whatever is still missing',
    responses: { 201: openedSchema },
    problems: ['authority.denied', 'purpose.unknown', 'purpose.not_allowed'],
  })
  open(
    @Body({ schema: newCaseSchema }) input: NewCaseInput,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: true }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute<ReturnType<typeof commandFor>, unknown>(
      commandFor(input, actor, idempotency),
    );
  }

  @Get()
  @ApiRoute({
    tag,
    summary: 'List cases, newest first',
    responses: { 200: caseListSchema },
    problems: readProblems,
  })
  list(
    @Query({ schema: listCasesSchema }) input: ListCasesInput,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new ListCases(input, actor));
  }

  @Get(':id')
  @ApiRoute({
    tag,
    summary: 'Read a case; `ETag` is its version',
    responses: { 200: caseDetailSchema },
    problems: readProblems,
  })
  async read(
    @PathId('id') id: string,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const found = await this.queries.execute(new GetCase(id, actor));
    void reply.header('etag', etagOf(found.version));
    return found;
  }

  @Get(':id/containments')
  @ApiRoute({
    tag,
    summary: 'List the protective measures of a case',
    responses: { 200: containmentListSchema },
    problems: readProblems,
  })
  containments(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new ListContainments(id, actor));
  }

  @Post(':id/containments/:containmentId/release')
  @ApiRoute({
    tag,
    summary: 'Undo a protective measure; a customer proves who they are first',
    responses: { 201: releasedSchema },
    headers: { 'If-Match': 'Releases only while the case is at this version (its `ETag`).' },
    problems: [
      ...readProblems,
      'assurance.insufficient',
      'containment.not_releasable',
      'case.changed',
    ],
  })
  release(
    @PathId('id') caseId: string,
    @PathId('containmentId') containmentId: string,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
    @Headers('if-match') ifMatch?: string,
  ): Promise<unknown> {
    const input = { caseId, containmentId };
    const conditions = { ifMatch: ifMatch ?? null, idempotency };
    return this.commands.execute(new ReleaseContainment(input, actor, conditions));
  }

  @Get(':id/deadlines')
  @ApiRoute({
    tag,
    summary: 'List the deadlines of a case with rule, citation, inputs and counted days',
    responses: { 200: deadlineListSchema },
    problems: readProblems,
  })
  deadlines(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new ListDeadlines(id, actor));
  }
}

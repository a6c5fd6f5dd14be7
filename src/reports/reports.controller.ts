import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
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
import { GetReport } from './get-report.query.js';
import { RequestReport, requestReportSchema } from './request-report.command.js';

const requestedReportSchema = z
  .object({ id: z.uuid(), state: z.literal('computing') })
  .meta({ id: 'RequestedReport' });
const reportViewSchema = z
  .object({
    id: z.uuid(),
    state: z.string(),
    standards: z.array(z.string()),
    period: z.object({ from: z.string(), to: z.string() }),
    formats: z.array(z.string()),
    contentDigest: z.string().nullable(),
  })
  .meta({ id: 'ReportView' });
const formatSchema = z.enum(['json', 'csv', 'pdf', 'html']);

// Whoever holds a token may knock: authority refuses, so that the refusal is an event.
@Controller('v1/compliance/reports')
@Authenticated('staff', 'customer', 'guest', 'client')
export class ReportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiRoute({
    tag: 'Compliance',
    summary: 'Ask for a compliance report over a period',
    responses: { 202: requestedReportSchema },
    problems: ['authority.denied', 'report.format_unavailable'],
  })
  request(
    @Body({ schema: requestReportSchema }) input: z.infer<typeof requestReportSchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new RequestReport(input, actor, idempotency));
  }

  @Get(':id')
  @ApiRoute({
    tag: 'Compliance',
    summary: "Read a report's state",
    responses: { 200: reportViewSchema },
    problems: ['authority.denied', 'resource.not_found'],
  })
  read(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new GetReport(id, null, actor));
  }

  @Get(':id/files/:format')
  @ApiRoute({
    tag: 'Compliance',
    summary: 'Fetch a report as a file',
    responses: { 200: 'The report in the asked format' },
    problems: [
      'authority.denied',
      'resource.not_found',
      'report.not_ready',
      'report.format_unavailable',
    ],
  })
  async file(
    @PathId('id') id: string,
    @Param('format', { schema: formatSchema }) format: string,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { file } = await this.queries.execute(new GetReport(id, format, actor));
    if (!file) throw new Error('A report file without content');
    void reply.header('content-type', file.contentType);
    return file.text;
  }
}

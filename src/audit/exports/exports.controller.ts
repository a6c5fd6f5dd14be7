import { Readable } from 'node:stream';

import { Body, Controller, Get, HttpCode, Post, StreamableFile } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { z } from 'zod';

import { type IdempotencyRequest, receiptSchema } from '../../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  Idempotency,
  PathId,
} from '../../platform/index.js';
import { DownloadExport } from './download-export.query.js';
import { exportViewSchema, GetExport } from './get-export.query.js';
import { RequestExport, requestExportSchema } from './request-export.command.js';

const tag = 'ledger';
const denials = ['authority.denied', 'assurance.insufficient', 'purpose.not_allowed'];

const requestedExportSchema = z
  .strictObject({
    id: z.uuid(),
    state: z.literal('preparing'),
    expiresAt: z.iso.datetime(),
    receipt: receiptSchema,
  })
  .meta({ id: 'RequestedLedgerExport' });

/** Every token is taken: who may not export is refused by authority, and the refusal is an event. */
@Controller('v1/ledger/exports')
@Authenticated('staff', 'client', 'customer', 'guest')
export class ExportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiRoute({
    summary: 'Ask for a bundle of audit events and all that proves them',
    tag,
    responses: { 202: requestedExportSchema },
    problems: denials,
  })
  request(
    @Body({ schema: requestExportSchema }) input: z.infer<typeof requestExportSchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: true }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new RequestExport(input, actor, idempotency));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read how far an export is',
    tag,
    responses: { 200: exportViewSchema },
    problems: [...denials, 'resource.not_found'],
  })
  read(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new GetExport(id, actor));
  }

  @Get(':id/bundle')
  @ApiRoute({
    summary: 'Download the bundle of an export',
    tag,
    responses: { 200: 'A tape archive (POSIX ustar), or that archive encrypted to the recipient.' },
    problems: [
      ...denials,
      'resource.not_found',
      'export.not_ready',
      'export.failed',
      'export.expired',
    ],
  })
  async download(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<StreamableFile> {
    const bundle = await this.queries.execute(new DownloadExport(id, actor));
    return new StreamableFile(Readable.from(bundle.content, { objectMode: false }), {
      type: bundle.isEncrypted ? 'application/octet-stream' : 'application/x-tar',
      disposition: `attachment; filename="${bundle.fileName}"`,
      length: bundle.bytes,
    });
  }
}

import { Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { z } from 'zod';

import type { IdempotencyRequest } from '../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  Idempotency,
  PathId,
  Public,
} from '../platform/index.js';
import { CommitIndex, committedIndexSchema } from './commit-index.command.js';
import {
  completenessProofQuerySchema,
  completenessProofSchema,
  GetCompletenessProof,
} from './get-completeness-proof.query.js';
import {
  consistencyProofQuerySchema,
  consistencyProofSchema,
  GetConsistencyProof,
} from './get-consistency-proof.query.js';
import { GetEvent, ledgerEventAnswerSchema } from './get-event.query.js';
import {
  GetInclusionProof,
  inclusionProofQuerySchema,
  inclusionProofSchema,
} from './get-inclusion-proof.query.js';
import { GetProofFile } from './get-proof-file.query.js';
import { ledgerEventsSchema, ListEvents, listEventsSchema } from './list-events.query.js';
import { LogKeys, logKeysSchema } from './log-keys.js';
import { requestedPruningSchema, RequestPruning } from './prunings/request-pruning.command.js';

const tag = 'ledger';
const denials = ['authority.denied', 'assurance.insufficient', 'purpose.not_allowed'];

/** Every token is taken: who may not read is refused by authority, and the refusal is an event. */
@Controller('v1/ledger')
@Authenticated('staff', 'client', 'customer', 'guest')
export class AuditController {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
    private readonly keys: LogKeys,
  ) {}

  @Get('events')
  @ApiRoute({
    summary: 'List audit events, newest first',
    tag,
    responses: { 200: ledgerEventsSchema },
    problems: denials,
  })
  list(
    @Query({ schema: listEventsSchema }) input: z.infer<typeof listEventsSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new ListEvents(input, actor));
  }

  @Get('events/:id')
  @ApiRoute({
    summary: 'Read one audit event',
    tag,
    responses: { 200: ledgerEventAnswerSchema },
    problems: denials,
  })
  read(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new GetEvent(id, actor));
  }

  @Get('events/:id/inclusion-proof')
  @ApiRoute({
    summary: 'Prove that an event stands in the log',
    tag,
    responses: { 200: inclusionProofSchema },
    problems: [...denials, 'proof.size_unknown', 'proof.not_yet_sealed'],
  })
  proveInclusion(
    @PathId('id') id: string,
    @Query({ schema: inclusionProofQuerySchema }) input: z.infer<typeof inclusionProofQuerySchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new GetInclusionProof(id, input.treeSize ?? null, actor));
  }

  @Get('events/:id/proof-file')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @ApiRoute({
    summary: 'Fetch the proof of an event as one file (C2SP tlog-proof)',
    tag,
    responses: {
      200: 'The file, `.tlog-proof`: entry (as extra data), index, inclusion proof, checkpoint.',
    },
    problems: [...denials, 'proof.not_yet_sealed'],
  })
  async proofFile(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<string> {
    const { text } = await this.queries.execute(new GetProofFile(id, actor));
    return text;
  }

  @Get('consistency-proof')
  @ApiRoute({
    summary: 'Prove that the log only grew between two checkpoints',
    tag,
    responses: { 200: consistencyProofSchema },
    problems: [...denials, 'proof.size_unknown'],
  })
  proveConsistency(
    @Query({ schema: consistencyProofQuerySchema })
    input: z.infer<typeof consistencyProofQuerySchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new GetConsistencyProof(input, actor));
  }

  @Get('completeness-proof')
  @ApiRoute({
    summary: 'Prove that a list holds every event about a subject or case',
    tag,
    responses: { 200: completenessProofSchema },
    problems: [
      ...denials,
      'proof.index_not_committed',
      'log.entries_pruned',
      'proof.too_many_events',
    ],
  })
  proveCompleteness(
    @Query({ schema: completenessProofQuerySchema })
    input: z.infer<typeof completenessProofQuerySchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new GetCompletenessProof(input, actor));
  }

  @Post('index-commitments')
  @ApiRoute({
    summary: 'Commit to the index of subjects and cases now',
    description:
      'Brings the index up to the newest checkpoint and logs its root. With `Prefer: wait=n` the ' +
      'answer comes once a checkpoint covers the commitment.',
    tag,
    responses: { 201: committedIndexSchema },
    problems: denials,
  })
  commitIndex(
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new CommitIndex(actor, idempotency));
  }

  @Post('prunings')
  @HttpCode(202)
  @ApiRoute({
    summary: 'Let the oldest stretch of the log go into its archive',
    description:
      'Refused before each of its entries has expired. The stretch is archived, verified, named in ' +
      'the log (`ledger.pruned`) and dropped after the answer.',
    tag,
    responses: { 202: requestedPruningSchema },
    problems: [
      ...denials,
      'pruning.not_expired',
      'pruning.held',
      'pruning.no_archive',
      'pruning.not_ready',
    ],
  })
  prune(
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new RequestPruning(actor, idempotency));
  }

  @Get('keys')
  @Public()
  @ApiRoute({
    summary: 'List the public keys of the log, newest first',
    tag,
    responses: { 200: logKeysSchema },
  })
  listKeys(): z.infer<typeof logKeysSchema> {
    return this.keys.list();
  }
}

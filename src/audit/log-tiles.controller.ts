import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

import { sha256 } from '../ledger/index.js';
import { type Actor, ApiRoute, Authenticated, CurrentActor } from '../platform/index.js';
import { GetLogResource } from './get-log-resource.query.js';

const tag = 'ledger';
const denials = ['authority.denied', 'assurance.insufficient', 'purpose.not_allowed'];
const rest = z.string();
const yearSeconds = 31_536_000;
/** What is full never changes; what is partial is soon outgrown; a checkpoint is at once. */
const cachings = {
  full: `private, immutable, max-age=${yearSeconds}`,
  partial: 'private, max-age=60',
  checkpoint: 'no-cache',
} as const;

/** The log itself, as static resources (C2SP tlog-tiles): any such client can mirror and verify it. */
@Controller('v1/ledger/log')
@Authenticated('staff', 'client', 'customer', 'guest')
export class LogTilesController {
  constructor(private readonly queries: QueryBus) {}

  @Get('checkpoint')
  @ApiRoute({
    summary: 'Read the newest checkpoint',
    tag,
    responses: {
      200: 'The signed note, as plain text (C2SP tlog-checkpoint).',
      304: 'The checkpoint is the one whose ETag was sent.',
    },
    problems: [...denials, 'resource.not_found'],
    headers: { 'If-None-Match': 'The ETag of what is known already.' },
  })
  checkpoint(
    @CurrentActor() actor: Actor,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    reply.header('content-type', 'text/plain; charset=utf-8');
    return this.#answer(new GetLogResource('checkpoint', actor), known, reply);
  }

  @Get('tile/*')
  @ApiRoute({
    summary: 'Read a tile of the tree, or a bundle of entries',
    description:
      '`tile/<L>/<N>[.p/<W>]`: 256 hashes of tile level L, or the first W of them; ' +
      '`tile/entries/<N>[.p/<W>]`: entries, each behind its length in 16 bits. ' +
      'N in groups of three digits, all but the last behind an x: 1234067 is x001/x234/067.',
    tag,
    responses: {
      200: 'The bytes (C2SP tlog-tiles); a full tile never changes.',
      304: 'The bytes are those whose ETag was sent.',
    },
    problems: [...denials, 'resource.not_found', 'log.entries_pruned'],
    headers: { 'If-None-Match': 'The ETag of what is known already.' },
  })
  tile(
    @Param('*', { schema: rest }) path: string,
    @CurrentActor() actor: Actor,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    reply.header('content-type', 'application/octet-stream');
    return this.#answer(new GetLogResource(`tile/${path}`, actor), known, reply);
  }

  async #answer(
    query: GetLogResource,
    known: string | undefined,
    reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const { bytes, isFull } = await this.queries.execute(query);
    const kind = query.path === 'checkpoint' ? 'checkpoint' : isFull ? 'full' : 'partial';
    const tag = `"${sha256(bytes).toString('base64url')}"`;
    reply.header('cache-control', cachings[kind]).header('etag', tag);
    if (!isKnown(tag, known)) return bytes;
    reply.code(304);
    return undefined;
  }
}

/** RFC 9110 §13.1.2: a list of tags, compared weakly, or any. */
function isKnown(tag: string, known = ''): boolean {
  return known.split(',').some((each) => ['*', tag, `W/${tag}`].includes(each.trim()));
}

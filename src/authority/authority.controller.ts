import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { z } from 'zod';

import { type Actor, ApiRoute, Authenticated, CurrentActor } from '../platform/index.js';
import {
  authorityEvaluationSchema,
  EvaluateAuthority,
  evaluateAuthoritySchema,
} from './evaluate-authority.query.js';

const ok = 200;

/** Every kind of token comes in: what it may do is authority's question, and its refusal is an event. */
@Controller('v1/authority')
export class AuthorityController {
  constructor(private readonly queries: QueryBus) {}

  @Post('evaluate')
  @HttpCode(ok)
  @Authenticated('staff', 'customer', 'guest', 'client')
  @ApiRoute({
    summary: 'Ask what one may do, and why, without doing it',
    tag: 'authority',
    responses: { 200: authorityEvaluationSchema },
    problems: ['authority.denied', 'resource.not_found'],
  })
  evaluate(
    @Body({ schema: evaluateAuthoritySchema }) input: z.infer<typeof evaluateAuthoritySchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new EvaluateAuthority(input, actor));
  }
}

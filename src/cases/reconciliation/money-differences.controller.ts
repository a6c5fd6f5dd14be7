import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { z } from 'zod';

import { type Actor, ApiRoute, Authenticated, CurrentActor } from '../../platform/index.js';
import {
  ListMoneyDifferences,
  listMoneyDifferencesSchema,
  moneyDifferencesSchema,
} from './list-money-differences.query.js';

@Controller('v1/money-differences')
@Authenticated('staff', 'customer', 'guest', 'client')
export class MoneyDifferencesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiRoute({
    tag: 'Money',
    summary: 'Where approved, executed and booked money disagree',
    responses: { 200: moneyDifferencesSchema },
    problems: ['authority.denied'],
  })
  list(
    @Query({ schema: listMoneyDifferencesSchema })
    filter: z.output<typeof listMoneyDifferencesSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new ListMoneyDifferences(filter, actor));
  }
}

import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';

import { type Actor, ApiRoute, Authenticated, CurrentActor, PathId } from '../platform/index.js';
import {
  accountStatementSchema,
  CreateStatement,
  type CreateStatementInput,
  createStatementSchema,
} from './create-statement.query.js';
import { accountBalanceSchema, GetBalance } from './get-balance.query.js';
import { accountListSchema, ListAccounts } from './list-accounts.query.js';
import {
  ListTransactions,
  type ListTransactionsInput,
  listTransactionsSchema,
  transactionListSchema,
} from './list-transactions.query.js';

const problems = [
  'resource.not_found',
  'purpose.missing',
  'purpose.unknown',
  'purpose.not_allowed',
  'assurance.insufficient',
  'authority.denied',
  'service.unavailable',
];
const headers = {
  'Probity-Purpose': 'Why the data is asked for; a purpose of the policy. Required.',
};

/** Every kind of token comes in: what it may see is authority's question, and its refusal is an event. */
@Controller('v1/accounts')
@Authenticated('customer', 'guest', 'staff', 'client')
export class AccountsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiRoute({
    tag: 'Accounts',
    summary: 'List one’s own accounts',
    responses: { 200: accountListSchema },
    problems,
    headers,
  })
  list(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new ListAccounts(actor));
  }

  @Get(':id/balance')
  @ApiRoute({
    tag: 'Accounts',
    summary: 'Show balance and newest transactions',
    responses: { 200: accountBalanceSchema },
    problems,
    headers,
  })
  balance(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new GetBalance(id, actor));
  }

  @Get(':id/transactions')
  @ApiRoute({
    tag: 'Accounts',
    summary: 'List transactions, newest first',
    responses: { 200: transactionListSchema },
    problems,
    headers,
  })
  transactions(
    @PathId('id') id: string,
    @Query({ schema: listTransactionsSchema }) input: ListTransactionsInput,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new ListTransactions(id, input, actor));
  }

  @Post(':id/statements')
  @ApiRoute({
    tag: 'Accounts',
    summary: 'Make a statement',
    responses: { 201: accountStatementSchema },
    problems,
    headers,
  })
  statement(
    @PathId('id') id: string,
    @Body({ schema: createStatementSchema }) input: CreateStatementInput,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new CreateStatement(id, input, actor));
  }
}

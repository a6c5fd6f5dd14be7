import { Body, Controller, Delete, Get, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { z } from 'zod';

import { receiptSchema } from '../../ledger/index.js';
import { type Actor, ApiRoute, Authenticated, CurrentActor, PathId } from '../../platform/index.js';
import {
  AddClientKey,
  addClientKeySchema,
  addedClientKeySchema,
} from './add-client-key.command.js';
import {
  CreateApiClient,
  createApiClientSchema,
  createdApiClientSchema,
} from './create-api-client.command.js';
import { apiClientListSchema, ListApiClients } from './list-api-clients.query.js';
import { RemoveClientKey } from './remove-client-key.command.js';
import { RevokeApiClient } from './revoke-api-client.command.js';

const changedSchema = z.object({ receipt: receiptSchema }).meta({ id: 'ApiClientChanged' });

/** Every kind of token comes in: what it may do is authority's question, and its refusal is an event. */
@Controller('v1/api-clients')
@Authenticated('staff', 'customer', 'guest', 'client')
export class ApiClientsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Register an integration client with its first public key',
    responses: { 201: createdApiClientSchema },
    problems: ['authority.denied', 'client.scope_unknown'],
  })
  create(
    @Body({ schema: createApiClientSchema }) input: z.infer<typeof createApiClientSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new CreateApiClient(input, actor));
  }

  @Get()
  @ApiRoute({
    summary: 'List integration clients, newest first',
    responses: { 200: apiClientListSchema },
    problems: ['authority.denied'],
  })
  list(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new ListApiClients(actor));
  }

  @Post(':id/keys')
  @ApiRoute({
    summary: 'Add a public key to a client; the ones it has stay good',
    responses: { 201: addedClientKeySchema },
    problems: [
      'authority.denied',
      'resource.not_found',
      'client.key_exists',
      'client.keys_exhausted',
    ],
  })
  addKey(
    @PathId('id') clientId: string,
    @Body({ schema: addClientKeySchema }) input: z.infer<typeof addClientKeySchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new AddClientKey(clientId, input, actor));
  }

  @Delete(':id/keys/:keyId')
  @ApiRoute({
    summary: 'Remove a key of a client; tokens it signed for end at once',
    responses: { 200: changedSchema },
    problems: ['authority.denied', 'resource.not_found'],
  })
  removeKey(
    @PathId('id') clientId: string,
    @PathId('keyId') keyId: string,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new RemoveClientKey(clientId, keyId, actor));
  }

  @Delete(':id')
  @ApiRoute({
    summary: 'Revoke a client; its tokens end at once',
    responses: { 200: changedSchema },
    problems: ['authority.denied', 'resource.not_found'],
  })
  revoke(@PathId('id') clientId: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new RevokeApiClient(clientId, actor));
  }
}

import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';

import {
  type Actor,
  ApiRoute,
  Config,
  CurrentActor,
  AcceptsForm,
  LimitedByOrigin,
  OptionallyAuthenticated,
  Public,
} from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { clientAlgorithms } from './client-key.js';
import {
  IssueClientToken,
  issueClientTokenSchema,
  issuedClientTokenSchema,
} from './issue-client-token.command.js';

const metadataSchema = z
  .object({
    issuer: z.string(),
    token_endpoint: z.string(),
    jwks_uri: z.string(),
    scopes_supported: z.array(z.string()),
    response_types_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
    token_endpoint_auth_methods_supported: z.array(z.string()),
    token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  })
  .meta({ id: 'AuthorizationServerMetadata' });

/** The token endpoint of integration clients (RFC 6749 §3.2) and what they need to find it (RFC 8414). */
@Controller()
export class OAuthController {
  constructor(
    private readonly commands: CommandBus,
    private readonly config: Config,
    private readonly policies: Policies,
  ) {}

  @Post('v1/oauth/token')
  @HttpCode(200)
  @AcceptsForm()
  @OptionallyAuthenticated()
  @LimitedByOrigin('signIns')
  @ApiRoute({
    summary: 'Exchange a signed client assertion for an access token',
    responses: { 200: issuedClientTokenSchema },
    problems: [
      'client.authentication_failed',
      'client.request_invalid',
      'client.grant_unsupported',
      'client.scope_invalid',
    ],
  })
  issue(
    @Body({ schema: issueClientTokenSchema }) input: z.infer<typeof issueClientTokenSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new IssueClientToken(input, actor));
  }

  @Get('.well-known/oauth-authorization-server')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  @ApiRoute({
    summary: 'Read the metadata of the token endpoint',
    responses: { 200: metadataSchema },
    problems: [],
  })
  metadata(): z.infer<typeof metadataSchema> {
    const { issuer } = this.config;
    return {
      issuer,
      token_endpoint: `${issuer}/v1/oauth/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      scopes_supported: this.policies.authority.roles
        .filter(({ kind, id }) => kind === 'client' && id.startsWith('client.'))
        .map(({ id }) => id.slice('client.'.length)),
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: clientAlgorithms,
    };
  }
}

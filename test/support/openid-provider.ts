import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

/** Whom the provider signs in next, without asking. */
export interface CompanyPerson {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly groups: readonly string[];
  readonly amr: readonly string[];
}

/** What its token endpoint answers in place of its own; null for its own. */
export type Forgery = ((request: { readonly code: string }) => Promise<object>) | null;

export const clientId = 'probity';
export const clientSecret = 'a-secret-of-the-test-provider';
export const redirectUri = 'http://127.0.0.1:9/callback';

/** A certified OpenID provider on a port of its own, whose token endpoint can be made to lie. */
export class CompanyOpenId {
  person: CompanyPerson | null = null;
  forgery: Forgery = null;
  tokenRequests = 0;

  private constructor(
    readonly issuer: string,
    /** The private key that its tokens are signed with. */
    readonly key: JWK,
    private readonly server: Server,
    /** The public key by which the client authenticates; null where it has a secret. */
    private readonly clientKey: JWK | null,
  ) {}

  static async open(clientKey: JWK | null = null): Promise<CompanyOpenId> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = { ...(await exportJWK(privateKey)), kid: 'company-1', alg: 'ES256', use: 'sig' };
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const company = new CompanyOpenId(issuer, key, server, clientKey);
    const provider = company.#provider();
    const serve = provider.callback();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void company.#answer(provider, serve, { request, response });
    });
    return company;
  }

  /** Goes through the provider as a browser does, and answers what it sends back. */
  async visit(authorizationUrl: string): Promise<URLSearchParams> {
    const cookies = new Map<string, string>();
    let url = authorizationUrl;
    for (let steps = 0; steps < 10; steps += 1) {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      });
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        const at = pair.indexOf('=');
        cookies.set(pair.slice(0, at), pair.slice(at + 1));
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`The provider stopped: ${await response.text()}`);
      url = new URL(location, url).href;
      if (url.startsWith(redirectUri)) return new URL(url).searchParams;
    }
    throw new Error('The provider redirects without an end');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #provider(): Provider {
    return new Provider(this.issuer, {
      clients: [
        {
          client_id: clientId,
          ...this.#clientAuthentication(),
          redirect_uris: [redirectUri],
          response_types: ['code'],
          grant_types: ['authorization_code'],
          id_token_signed_response_alg: 'ES256',
        },
      ],
      jwks: { keys: [this.key] },
      cookies: { keys: ['test'] },
      pkce: { required: () => true },
      conformIdTokenClaims: false,
      acrValues: ['http://schemas.openid.net/pape/policies/2007/06/multi-factor'],
      claims: {
        openid: ['sub', 'amr', 'acr', 'auth_time'],
        email: ['email', 'email_verified', 'groups'],
      },
      features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      ttl: { Interaction: 60, Grant: 60, Session: 60, AccessToken: 60, IdToken: 300 },
      findAccount: (_, sub) => {
        const { person } = this;
        return Promise.resolve({ accountId: sub, claims: () => ({ ...person, sub }) });
      },
    });
  }

  #clientAuthentication(): object {
    const { clientKey } = this;
    if (clientKey === null) return { client_secret: clientSecret };
    return {
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: clientKey.alg,
      jwks_uri: `${this.issuer}/client-keys`,
    };
  }

  async #answer(
    provider: Provider,
    serve: (request: IncomingMessage, response: ServerResponse) => unknown,
    { request, response }: { request: IncomingMessage; response: ServerResponse },
  ): Promise<void> {
    const path = request.url ?? '';
    if (path.startsWith('/interaction/')) {
      await this.#signIn(provider, request, response);
      return;
    }
    if (path === '/client-keys') {
      const body = JSON.stringify({ keys: [this.clientKey] });
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      return;
    }
    if (path === '/token') {
      this.tokenRequests += 1;
      if (this.forgery !== null) {
        const body = JSON.stringify(await this.forgery({ code: await textOf(request) }));
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
        return;
      }
    }
    serve(request, response);
  }

  async #signIn(
    provider: Provider,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { params } = await provider.interactionDetails(request, response);
    const { sub, amr } = this.person!;
    const grant = new provider.Grant({ accountId: sub, clientId });
    grant.addOIDCScope(String(params['scope']));
    const grantId = await grant.save();
    await provider.interactionFinished(
      request,
      response,
      { login: { accountId: sub, amr: [...amr] }, consent: { grantId } },
      { mergeWithLastSubmission: false },
    );
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { Injectable, Logger } from '@nestjs/common';
import * as oidc from 'openid-client';

import { Config, type OidcSettings } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import { staffProblems } from '../staff.problems.js';

/** What an answer of the provider is judged by; derived from the login's own secret. */
export interface LoginChecks {
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly codeVerifier: string;
}

/** What came back through the browser. */
export interface AuthorizationAnswer {
  readonly code: string;
  readonly state: string;
  /** RFC 9207: who says it answers. */
  readonly iss?: string | undefined;
}

/** Claims of an ID token that held against every check. */
export type VerifiedClaims = oidc.IDToken;

const timeoutSeconds = 5;
const clockToleranceSeconds = 5;
const rediscoverMilliseconds = 3_600_000;
const asymmetric = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'PS256', 'PS384', 'RS256'];

/** The provider's answer was not good; `reason` is the library's code, never a token. */
export class ProviderAnswerRefused extends Error {
  override readonly name = 'ProviderAnswerRefused';
}

/**
 * The company's OpenID Connect provider, as its confidential client: discovery, authorization code
 * with PKCE, state and nonce, and an ID token whose signature is checked though it comes over TLS.
 */
@Injectable()
export class CompanyProvider {
  readonly #logger = new Logger('CompanyProvider');
  #discovered: { readonly at: number; readonly client: Promise<oidc.Configuration> } | null = null;

  constructor(
    private readonly config: Config,
    private readonly policies: Policies,
  ) {}

  get isConfigured(): boolean {
    return this.config.oidc !== null;
  }

  /** The issuer as configured; who signs in is known by it and their subject. */
  get issuer(): string {
    return this.#settings().issuer;
  }

  /** @throws Problem `staff.provider_unavailable`, `staff.provider_unconfigured`. */
  async authorizationUrl({ state, nonce, codeVerifier }: LoginChecks): Promise<string> {
    const { scopes, acrAccepted, authenticationSecondsMax } = this.policies.verification.staffOidc;
    const client = await this.#client();
    const url = oidc.buildAuthorizationUrl(client, {
      redirect_uri: this.#settings().redirectUri,
      scope: scopes.join(' '),
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      max_age: String(authenticationSecondsMax),
      ...(acrAccepted.length > 0 ? { acr_values: acrAccepted.join(' ') } : {}),
    });
    return url.href;
  }

  /**
   * Exchanges the code and checks the ID token: signature, issuer, audience, nonce, times.
   *
   * @throws ProviderAnswerRefused where any of them does not hold; Problem
   *   `staff.provider_unavailable` where nobody answered.
   */
  async redeem(answer: AuthorizationAnswer, checks: LoginChecks): Promise<VerifiedClaims> {
    const client = await this.#client();
    const url = new URL(this.#settings().redirectUri);
    url.searchParams.set('code', answer.code);
    url.searchParams.set('state', answer.state);
    if (answer.iss !== undefined) url.searchParams.set('iss', answer.iss);
    try {
      const tokens = await oidc.authorizationCodeGrant(client, url, {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.codeVerifier,
        idTokenExpected: true,
        maxAge: this.policies.verification.staffOidc.authenticationSecondsMax,
      });
      const claims = tokens.claims();
      if (!claims) throw new ProviderAnswerRefused('no ID token');
      return claims;
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  /** Where the browser ends the provider's own session (RP-Initiated Logout 1.0); null where it cannot. */
  async endSessionUrl(): Promise<string | null> {
    if (!this.isConfigured) return null;
    try {
      return oidc.buildEndSessionUrl(await this.#client()).href;
    } catch {
      // Our own session ends whatever the provider offers.
      return null;
    }
  }

  #settings(): OidcSettings {
    if (this.config.oidc === null) throw staffProblems['staff.provider_unconfigured']();
    return this.config.oidc;
  }

  /** Metadata and keys are looked up again after a while, and after each failure. */
  async #client(): Promise<oidc.Configuration> {
    const settings = this.#settings();
    const now = performance.now();
    if (!this.#discovered || now - this.#discovered.at > rediscoverMilliseconds) {
      this.#discovered = { at: now, client: discover(settings) };
    }
    try {
      return await this.#discovered.client;
    } catch (error) {
      this.#discovered = null;
      this.#logger.warn(`The provider cannot be discovered: ${nameOf(error)}`);
      throw staffProblems['staff.provider_unavailable']();
    }
  }

  #failureOf(error: unknown): Error {
    if (error instanceof ProviderAnswerRefused) return error;
    if (isOutage(error)) {
      this.#logger.warn(`The provider did not answer: ${nameOf(error)}`);
      return staffProblems['staff.provider_unavailable']();
    }
    return new ProviderAnswerRefused(nameOf(error));
  }
}

async function discover(settings: OidcSettings): Promise<oidc.Configuration> {
  const issuer = new URL(settings.issuer);
  const client = await oidc.discovery(
    issuer,
    settings.clientId,
    { [oidc.clockTolerance]: clockToleranceSeconds },
    await clientAuthenticationOf(settings),
    {
      timeout: timeoutSeconds,
      // Plain HTTP only reaches here in development: configuration refuses it in production.
      execute: [
        oidc.enableNonRepudiationChecks,
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so only to stand out; see above
        ...(issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
      ],
    },
  );
  const offered = client.serverMetadata().id_token_signing_alg_values_supported ?? ['RS256'];
  if (!offered.some((algorithm) => asymmetric.includes(algorithm))) {
    throw new Error('The provider signs ID tokens by no asymmetric algorithm');
  }
  return client;
}

async function clientAuthenticationOf(settings: OidcSettings): Promise<oidc.ClientAuth> {
  const { clientSecret, privateKey } = settings;
  if (clientSecret !== null) return oidc.ClientSecretBasic(clientSecret.reveal());
  if (privateKey === null) throw new Error('The client has neither secret nor key');
  const { file, algorithm } = privateKey;
  const pkcs8 = createPrivateKey(await readFile(file)).export({ format: 'der', type: 'pkcs8' });
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, importOf(algorithm), false, ['sign']);
  return oidc.PrivateKeyJwt(key);
}

function importOf(algorithm: OidcKeyAlgorithm): Parameters<typeof crypto.subtle.importKey>[2] {
  switch (algorithm) {
    case 'ES256':
      return { name: 'ECDSA', namedCurve: 'P-256' };
    case 'EdDSA':
      return { name: 'Ed25519' };
    case 'PS256':
      return { name: 'RSA-PSS', hash: 'SHA-256' };
    case 'RS256':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  }
}

type OidcKeyAlgorithm = NonNullable<OidcSettings['privateKey']>['algorithm'];

/** No answer, or one that says the provider itself is in trouble: nobody's credential is to blame. */
function isOutage(error: unknown): boolean {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500;
  const code = error instanceof oidc.ClientError ? error.code : undefined;
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT') return true;
  return error instanceof TypeError && error.message === 'fetch failed';
}

function nameOf(error: unknown): string {
  if (error instanceof oidc.ResponseBodyError) return error.error;
  if (error instanceof oidc.ClientError) return error.code ?? error.name;
  return error instanceof Error ? error.name : 'unknown';
}

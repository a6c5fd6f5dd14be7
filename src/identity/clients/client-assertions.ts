import { Injectable } from '@nestjs/common';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { z } from 'zod';

import { Clock, Config, isUuid } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { type ApiClient, type ApiClientKey, ApiClients } from './api-clients.js';
import { algorithmsOf, publicKeyOf } from './client-key.js';

const clockToleranceSeconds = 5;

const claimsSchema = z.object({
  iss: z.uuid(),
  sub: z.uuid(),
  aud: z.string(),
  jti: z.string().min(8).max(128),
  exp: z.int(),
  iat: z.int().optional(),
});
const headerSchema = z.object({ kid: z.string().optional() });

/** A client that proved it holds a key of its own; the assertion is not yet taken. */
export interface ProvenClient {
  readonly client: ApiClient;
  readonly key: ApiClientKey;
  readonly jti: string;
  readonly expiresAt: Date;
}

/** Judges the assertions by which clients authenticate (RFC 7523 §3, RFC 7521 §5.2). */
@Injectable()
export class ClientAssertions {
  constructor(
    private readonly clients: ApiClients,
    private readonly policies: Policies,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Null whatever is wrong: the client, the key, the signature or a claim. */
  async verify(assertion: string): Promise<ProvenClient | null> {
    try {
      const found = await this.#findKey(assertion);
      return found && (await this.#check(assertion, found));
    } catch {
      return null;
    }
  }

  /** By claims that nobody has proven yet: they only choose which key must prove them. */
  async #findKey(assertion: string): Promise<Pick<ProvenClient, 'client' | 'key'> | null> {
    const { sub } = decodeJwt(assertion);
    const { kid } = headerSchema.parse(decodeProtectedHeader(assertion));
    if (!isUuid(sub)) return null;
    const client = await this.clients.findStanding(sub);
    const candidates = client?.keys.filter((key) => kid === undefined || key.kid === kid) ?? [];
    const [key] = candidates;
    if (!client || !key || candidates.length > 1) return null;
    return { client, key };
  }

  async #check(
    assertion: string,
    { client, key }: Pick<ProvenClient, 'client' | 'key'>,
  ): Promise<ProvenClient | null> {
    const now = this.clock.now();
    const { payload } = await jwtVerify(assertion, publicKeyOf(key.jwk), {
      algorithms: [...algorithmsOf(key.jwk)],
      issuer: client.id,
      subject: client.id,
      // The issuer alone: an assertion made for another server's endpoint is not good here.
      audience: this.config.issuer,
      clockTolerance: clockToleranceSeconds,
      currentDate: now,
    });
    const { exp, iat, jti, aud } = claimsSchema.parse(payload);
    const nowSeconds = Math.floor(now.getTime() / 1000);
    const { assertionSecondsMax } = this.policies.verification.apiClient;
    const isShort = exp - nowSeconds <= assertionSecondsMax + clockToleranceSeconds;
    const isIssued = iat === undefined || iat <= nowSeconds + clockToleranceSeconds;
    if (!isShort || !isIssued || aud !== this.config.issuer) return null;
    return { client, key, jti, expiresAt: new Date((exp + clockToleranceSeconds) * 1000) };
  }
}

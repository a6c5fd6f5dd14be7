import { createHash } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

import { assuranceLevels, type AssuranceLevel, Clock, IdSource } from '../platform/index.js';
import { KeySet } from './key-set.js';

/** Issuer and audience of the tokens: this service, and nobody else. */
export const tokenIssuer = 'https://probity.example';
export const tokenAudience = 'https://probity.example/v1';

const clockToleranceSeconds = 5;
const tokenSecondsMax = 86_400;
const cachedTokensMax = 10_000;

export const tokenKinds = ['customer', 'guest', 'staff'] as const;
export type TokenKind = (typeof tokenKinds)[number];

const claimsSchema = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  kind: z.enum(tokenKinds),
  acr: z.enum(assuranceLevels),
  amr: z.array(z.string()),
  method: z.string().nullable(),
  /** Seconds since 1970; 0 for a guest who proved nothing. */
  auth_time: z.int().nonnegative(),
  jti: z.uuid(),
  iat: z.int(),
  exp: z.int(),
});
/** What a verified token says (RFC 9068, RFC 8176, OpenID Connect Core §2). */
export type AccessTokenClaims = z.output<typeof claimsSchema>;

/** What a session proved, as the token states it. */
export interface TokenSubject {
  readonly kind: TokenKind;
  /** The subject reference of a customer or guest, the staff id. */
  readonly sub: string;
  readonly sessionId: string;
  readonly acr: AssuranceLevel;
  readonly amr: readonly string[];
  readonly method: string | null;
  readonly authenticatedAt: Date | null;
  readonly lifeSeconds: number;
}

export interface AccessToken {
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  readonly expiresIn: number;
}

/** Issues and verifies access tokens: EdDSA JWTs (RFC 9068) that say who proved what and when. */
@Injectable()
export class AccessTokens {
  /** Verified tokens by their hash, the longest unused first: a signature is checked once. */
  readonly #verified = new Map<string, AccessTokenClaims>();

  constructor(
    private readonly keySet: KeySet,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  async issue(subject: TokenSubject): Promise<AccessToken> {
    const { keyId, privateKey } = this.keySet.signingKey();
    const issuedAt = seconds(this.clock.now());
    const accessToken = await new SignJWT({
      sid: subject.sessionId,
      kind: subject.kind,
      acr: subject.acr,
      amr: [...subject.amr],
      method: subject.method,
      auth_time: subject.authenticatedAt ? seconds(subject.authenticatedAt) : 0,
    })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: keyId })
      .setIssuer(tokenIssuer)
      .setAudience(tokenAudience)
      .setSubject(subject.sub)
      .setJti(this.ids.random())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + subject.lifeSeconds)
      .sign(privateKey);
    return { accessToken, tokenType: 'Bearer', expiresIn: subject.lifeSeconds };
  }

  /** Answers the claims of a good token, null for every other, whatever is wrong with it. */
  async verify(token: string): Promise<AccessTokenClaims | null> {
    const hash = createHash('sha256').update(token).digest('base64');
    const cached = this.#verified.get(hash);
    if (cached) return this.#ifAlive(hash, cached);
    const claims = await this.#check(token);
    if (claims) this.#remember(hash, claims);
    return claims;
  }

  #ifAlive(hash: string, claims: AccessTokenClaims): AccessTokenClaims | null {
    this.#verified.delete(hash);
    if (claims.exp + clockToleranceSeconds <= seconds(this.clock.now())) return null;
    this.#verified.set(hash, claims);
    return claims;
  }

  #remember(hash: string, claims: AccessTokenClaims): void {
    if (this.#verified.size >= cachedTokensMax) {
      const [oldest] = this.#verified.keys();
      if (oldest !== undefined) this.#verified.delete(oldest);
    }
    this.#verified.set(hash, claims);
  }

  async #check(token: string): Promise<AccessTokenClaims | null> {
    const now = this.clock.now();
    try {
      const { payload } = await jwtVerify(token, this.keySet.verifier(now), {
        // Pinned: the header of a token never chooses how it is judged (RFC 8725 §3.1).
        algorithms: ['EdDSA'],
        issuer: tokenIssuer,
        audience: tokenAudience,
        typ: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'sub', 'jti', 'sid', 'acr', 'auth_time'],
        maxTokenAge: tokenSecondsMax,
        clockTolerance: clockToleranceSeconds,
        currentDate: now,
      });
      return claimsSchema.safeParse(payload).data ?? null;
    } catch {
      return null;
    }
  }
}

function seconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

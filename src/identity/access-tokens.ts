import { createHash } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';

import { type AssuranceLevel, Clock, Config, IdSource } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { type AccessTokenClaims, claimsSchema, type TokenKind } from './access-token-claims.js';
import { headerOf, KeySet } from './key-set.js';

const clockToleranceSeconds = 5;
const cachedTokensMax = 10_000;

/** What a session proved, as the token states it. */
export interface TokenSubject {
  readonly kind: 'customer' | 'guest' | 'staff';
  /** The subject reference of a customer or guest, the staff id. */
  readonly sub: string;
  readonly sessionId: string;
  readonly acr: AssuranceLevel;
  readonly amr: readonly string[];
  readonly method: string | null;
  readonly authenticatedAt: Date | null;
  readonly lifeSeconds: number;
}

/** An API client and the registered key by which it authenticated. */
export interface ClientTokenSubject {
  readonly clientId: string;
  readonly keyId: string;
  readonly scopes: readonly string[];
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
    private readonly config: Config,
    private readonly policies: Policies,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  issue(subject: TokenSubject): Promise<AccessToken> {
    const claims = {
      sid: subject.sessionId,
      kind: subject.kind,
      acr: subject.acr,
      amr: [...subject.amr],
      method: subject.method,
      auth_time: subject.authenticatedAt ? seconds(subject.authenticatedAt) : 0,
    };
    return this.#sign(subject.sub, claims, subject.lifeSeconds);
  }

  /** A client's token names its client and its scopes (RFC 9068 §2.2, §2.2.3) and no person. */
  issueToClient({ clientId, keyId, scopes }: ClientTokenSubject): Promise<AccessToken> {
    const claims = {
      kind: 'client',
      client_id: clientId,
      client_key: keyId,
      scope: scopes.join(' '),
    };
    return this.#sign(clientId, claims, this.policies.verification.apiClient.tokenSeconds);
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

  async #sign(sub: string, claims: JWTPayload, lifeSeconds: number): Promise<AccessToken> {
    const { keyId, privateKey } = this.keySet.signingKey();
    const issuedAt = seconds(this.clock.now());
    const accessToken = await new SignJWT(claims)
      .setProtectedHeader({ ...headerOf(keyId) })
      .setIssuer(this.config.issuer)
      .setAudience(this.#audience)
      .setSubject(sub)
      .setJti(this.ids.random())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifeSeconds)
      .sign(privateKey);
    return { accessToken, tokenType: 'Bearer', expiresIn: lifeSeconds };
  }

  /** This service, and nobody else. */
  get #audience(): string {
    return `${this.config.issuer}/v1`;
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
    const [header = '', , signature = ''] = token.split('.');
    const key = this.keySet.findByHeader(header, now);
    if (!key || !isCanonicalBase64url(signature)) return null;
    try {
      const { payload } = await jwtVerify(token, key.publicKey, {
        // Pinned: the header of a token never chooses how it is judged (RFC 8725 §3.1).
        algorithms: ['EdDSA'],
        issuer: this.config.issuer,
        audience: this.#audience,
        typ: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'sub', 'jti'],
        clockTolerance: clockToleranceSeconds,
        currentDate: now,
      });
      return this.#judge(payload, now);
    } catch {
      return null;
    }
  }

  /** One audience, the members of its kind, issued before now and for no longer than we ever issue. */
  #judge(payload: JWTPayload, now: Date): AccessTokenClaims | null {
    const claims = claimsSchema.safeParse(payload).data;
    if (!claims || payload.aud !== this.#audience) return null;
    const life = claims.exp - claims.iat;
    const isIssued = claims.iat <= seconds(now) + clockToleranceSeconds;
    return isIssued && life > 0 && life <= this.#lifeSecondsMax(claims.kind) ? claims : null;
  }

  #lifeSecondsMax(kind: TokenKind): number {
    const { customerSession, staffSession, guestConversation, apiClient } =
      this.policies.verification;
    switch (kind) {
      case 'customer':
        return customerSession.tokenSeconds;
      case 'staff':
        return staffSession.tokenSeconds;
      case 'guest':
        return guestConversation.tokenSeconds;
      case 'client':
        return apiClient.tokenSeconds;
    }
  }
}

/** The unused bits of the last character are zero: one signature, one spelling (RFC 4648 §3.5). */
function isCanonicalBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

function seconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

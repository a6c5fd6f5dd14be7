import { readFileSync } from 'node:fs';

import { Injectable } from '@nestjs/common';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { parse } from 'yaml';
import { z } from 'zod';

import { Config } from '../../platform/index.js';
import { keysOfFile } from './key-file.js';

/** Asymmetric only: who can check an assertion must not be able to make one. */
const algorithms = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'PS256', 'PS384', 'RS256'] as const;
const keysMaxAgeMilliseconds = 600_000;
/** An unknown `kid` asks the issuer again at most this often, whoever sends it. */
const keysCooldownMilliseconds = 30_000;
const keysTimeoutMilliseconds = 3_000;
const keysBytesMax = 64 * 1024;
const issuersMax = 50;

const issuerSchema = z.strictObject({
  issuer: z.string().min(1).max(200),
  audience: z.string().min(1).max(200),
  jwks: z.union([
    z.strictObject({ url: z.url({ protocol: /^https?$/ }) }),
    z.strictObject({ file: z.string().min(1) }),
  ]),
  algorithms: z.array(z.enum(algorithms)).min(1),
  /** The claim that holds the customer's number. */
  customerNumberClaim: z.string().default('sub'),
  /** Claims that must be there beyond those that every assertion needs. */
  requiredClaims: z.array(z.string()).default([]),
});
const issuersSchema = z.strictObject({ issuers: z.array(issuerSchema).min(1).max(issuersMax) });

/** A bank's login service whose word on its customers is taken, and where its keys are. */
export interface AssertionIssuer extends z.output<typeof issuerSchema> {
  readonly keys: JWTVerifyGetKey;
}

/** The issuers that the operator trusts, read once from `PROBITY_ASSERTION_ISSUERS`. */
@Injectable()
export class AssertionIssuers {
  readonly #issuers: ReadonlyMap<string, AssertionIssuer>;

  /** @throws Error that names what is wrong with the file. */
  constructor({ assertionIssuersFile, profile }: Config) {
    const issuers = assertionIssuersFile === null ? [] : readIssuers(assertionIssuersFile, profile);
    this.#issuers = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
  }

  get areConfigured(): boolean {
    return this.#issuers.size > 0;
  }

  find(issuer: string): AssertionIssuer | null {
    return this.#issuers.get(issuer) ?? null;
  }
}

function readIssuers(path: string, profile: Config['profile']): readonly AssertionIssuer[] {
  const parsed = issuersSchema.safeParse(parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  const { issuers } = parsed.data;
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) {
    throw new Error(`${path}: an issuer stands twice`);
  }
  return issuers.map((issuer) => {
    if (profile === 'production' && 'url' in issuer.jwks && !issuer.jwks.url.startsWith('https:')) {
      throw new Error(`${path}: in production the keys of ${issuer.issuer} come over https`);
    }
    return { ...issuer, keys: keysOf(issuer.jwks) };
  });
}

function keysOf(jwks: AssertionIssuer['jwks']): JWTVerifyGetKey {
  if ('file' in jwks) return keysOfFile(jwks.file);
  // No redirect is followed: the keys come from the address that the operator wrote down.
  return createRemoteJWKSet(new URL(jwks.url), {
    timeoutDuration: keysTimeoutMilliseconds,
    cooldownDuration: keysCooldownMilliseconds,
    cacheMaxAge: keysMaxAgeMilliseconds,
    [customFetch]: fetchLimited,
  });
}

async function fetchLimited(url: string, options: RequestInit): Promise<Response> {
  const { status, headers, body } = await fetch(url, options);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > keysBytesMax) throw new errors.JWKSInvalid('The key set is too large');
    chunks.push(chunk);
  }
  return new Response(status === 200 ? Buffer.concat(chunks) : null, { status, headers });
}

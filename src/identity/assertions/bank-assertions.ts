import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, jwtVerify } from 'jose';
import { z } from 'zod';

import { type AssuranceLevel, Clock, codeOf, platformProblems } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { customerNumberSchema } from '../create-customer-session.command.js';
import type { Proof } from '../customer-sessions.js';
import type { AssertionId } from './assertion-ids.js';
import { type AssertionIssuer, AssertionIssuers } from './assertion-issuers.js';

const clockToleranceSeconds = 5;
const referencesMax = 20;

const claimsSchema = z.object({
  aud: z.string(),
  jti: z.string().min(8).max(128),
  iat: z.int(),
  exp: z.int(),
  auth_time: z.int().nonnegative(),
  amr: z.array(z.string().max(64)).min(1).max(referencesMax),
});
type Claims = z.output<typeof claimsSchema>;

/** What a bank's assertion says of its customer; it is not yet taken. */
export interface VouchedCustomer {
  readonly customerNumber: string;
  readonly proof: Proof & { readonly authenticatedAt: Date };
  readonly id: AssertionId;
}

/** Judges the assertions by which a bank's own login vouches for a customer. */
@Injectable()
export class BankAssertions {
  constructor(
    private readonly issuers: AssertionIssuers,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  get areConfigured(): boolean {
    return this.issuers.areConfigured;
  }

  /**
   * Null whatever is wrong with the assertion.
   *
   * @throws Problem `service.unavailable` where the issuer's keys cannot be had.
   */
  async verify(assertion: string): Promise<VouchedCustomer | null> {
    try {
      const issuer = this.issuers.find(decodeJwt(assertion).iss ?? '');
      return issuer && (await this.#check(assertion, issuer));
    } catch (error) {
      if (isOutage(error)) throw platformProblems['service.unavailable']({ cause: error });
      return null;
    }
  }

  async #check(assertion: string, issuer: AssertionIssuer): Promise<VouchedCustomer | null> {
    const { ageSecondsMax } = this.policies.verification.bankAssertion;
    const { payload } = await jwtVerify(assertion, issuer.keys, {
      algorithms: issuer.algorithms,
      issuer: issuer.issuer,
      audience: issuer.audience,
      requiredClaims: [issuer.customerNumberClaim, ...issuer.requiredClaims],
      maxTokenAge: ageSecondsMax,
      clockTolerance: clockToleranceSeconds,
      currentDate: this.clock.now(),
    });
    const claims = claimsSchema.parse(payload);
    const customerNumber = customerNumberSchema.safeParse(payload[issuer.customerNumberClaim]).data;
    const proof = this.#proofOf(claims);
    if (customerNumber === undefined || !proof || claims.aud !== issuer.audience) return null;
    if (!this.#isTimely(claims)) return null;
    const expiresAt = new Date((claims.exp + clockToleranceSeconds) * 1000);
    return { customerNumber, proof, id: { issuer: issuer.issuer, jti: claims.jti, expiresAt } };
  }

  #isTimely({ iat, exp, auth_time: authTime }: Claims): boolean {
    const { lifeSecondsMax, loginAgeSecondsMax } = this.policies.verification.bankAssertion;
    const now = Math.floor(this.clock.now().getTime() / 1000);
    return (
      exp - iat <= lifeSecondsMax &&
      authTime <= now + clockToleranceSeconds &&
      now - authTime <= loginAgeSecondsMax + clockToleranceSeconds
    );
  }

  /** Null where no reference is known: then nobody can say what was proven. */
  #proofOf({ amr, auth_time: authTime }: Claims): VouchedCustomer['proof'] | null {
    const { factors, raisesTo } = this.policies.verification.bankAssertion;
    const known = [...new Set(amr)].filter((reference) => Object.hasOwn(factors, reference));
    if (known.length === 0) return null;
    const kinds = new Set(known.map((reference) => factors[reference]));
    const acr: AssuranceLevel = kinds.size >= 2 ? raisesTo : 'aal1';
    // A login is never newer than now: a clock that runs ahead must not keep a proof fresh.
    const authenticatedAt = new Date(Math.min(authTime * 1000, this.clock.now().getTime()));
    return { acr, amr: known, method: 'assertion', authenticatedAt };
  }
}

/** The issuer's keys did not come: nothing is said about the assertion. */
function isOutage(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  // jose says the first of an answer that is not 200 or not JSON, `fetch` throws a TypeError.
  const isUnreadable = ['ERR_JOSE_GENERIC', 'ENOENT', 'EACCES'].includes(codeOf(error) ?? '');
  return isUnreadable || (error as Error).name === 'TypeError';
}

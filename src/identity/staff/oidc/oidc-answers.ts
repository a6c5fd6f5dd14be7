import { timingSafeEqual } from 'node:crypto';

import { Injectable, Logger } from '@nestjs/common';

import { Policies } from '../../../policy/index.js';
import { type ClaimsFault, mapClaims, type MappedPerson } from './claims.js';
import {
  type AuthorizationAnswer,
  CompanyProvider,
  ProviderAnswerRefused,
} from './company-provider.js';
import { OidcLogins } from './oidc-logins.js';

/** Judges what came back from the provider, from the login it claims to belong to, to the roles it gives. */
@Injectable()
export class OidcAnswers {
  readonly #logger = new Logger('OidcAnswers');

  constructor(
    private readonly logins: OidcLogins,
    private readonly provider: CompanyProvider,
    private readonly policies: Policies,
  ) {}

  get issuer(): string {
    return this.provider.issuer;
  }

  /** @throws Problem `staff.provider_unavailable`, `staff.provider_unconfigured`. */
  async judge(
    answer: AuthorizationAnswer & { readonly loginToken: string },
  ): Promise<MappedPerson | ClaimsFault | 'login' | 'answer'> {
    const checks = this.logins.checksOf(answer.loginToken);
    // An answer with another login's state uses this login up for nobody.
    if (!equals(answer.state, checks.state)) return 'login';
    if (!(await this.logins.take(answer.loginToken))) return 'login';
    try {
      const claims = await this.provider.redeem(answer, checks);
      const { authority, verification } = this.policies;
      return mapClaims(claims, verification.staffOidc, authority);
    } catch (error) {
      if (!(error instanceof ProviderAnswerRefused)) throw error;
      this.#logger.warn(`An answer of the provider was refused: ${error.message}`);
      return 'answer';
    }
  }
}

function equals(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given, 'utf8'), Buffer.from(expected, 'utf8')];
  return left.length === right.length && timingSafeEqual(left, right);
}

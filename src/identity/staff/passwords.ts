import { Algorithm, hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';

import { platformProblems } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { Turnstile } from './turnstile.js';

const retryAfterSeconds = '2';

/**
 * Hashes and compares staff passwords with argon2id (RFC 9106) under the parameters of policy. Only
 * so many at once, and only so many waiting: a flood of sign-ins takes neither every thread nor the
 * memory from the rest of the service.
 */
@Injectable()
export class Passwords {
  readonly #turnstile: Turnstile;
  readonly #parameters;
  /** Compared where no account is found, so that the time does not tell whether there is one. */
  #nobody: Promise<string> | null = null;

  constructor(policies: Policies) {
    const { argon2, concurrentMax, waitingMax } = policies.verification.staffPassword;
    this.#turnstile = new Turnstile({ concurrentMax, waitingMax });
    this.#parameters = {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- 2 is Argon2id; a declared `const enum` is out of reach of isolated modules.
      algorithm: 2 as Algorithm,
      memoryCost: argon2.memoryKib,
      timeCost: argon2.passes,
      parallelism: argon2.lanes,
    };
  }

  /** @throws Problem `service.unavailable` where too many wait already. */
  async hash(password: string): Promise<Buffer> {
    const encoded = await this.#pass(() => hash(normalisePassword(password), this.#parameters));
    return Buffer.from(encoded, 'utf8');
  }

  /**
   * Finds an account and compares its password in one turn: whoever is turned away was not counted.
   * Where nothing is found, or nothing has a password, it takes as long and fits never.
   *
   * @throws Problem `service.unavailable` where too many wait already.
   */
  async judge<Account extends { readonly passwordHash: Buffer }>(
    password: string,
    find: () => Promise<Account | null>,
  ): Promise<{ readonly account: Account | null; readonly fits: boolean }> {
    return this.#pass(async () => {
      const account = await find();
      const encoded = account?.passwordHash.toString('utf8') ?? (await this.#nobodys());
      const fits = await verify(encoded, normalisePassword(password));
      return { account, fits: account !== null && fits };
    });
  }

  #nobodys(): Promise<string> {
    this.#nobody ??= hash('nobody has this password', this.#parameters);
    return this.#nobody;
  }

  async #pass<Result>(work: () => Promise<Result>): Promise<Result> {
    const outcome = this.#turnstile.pass(work);
    if (outcome === null) {
      throw platformProblems['service.unavailable']({
        headers: { 'retry-after': retryAfterSeconds },
      });
    }
    return outcome;
  }
}

/** The same password however the keyboard composes its characters (UAX #15, NFKC). */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

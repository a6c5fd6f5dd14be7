import { Injectable } from '@nestjs/common';

import { inputInvalid } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { type ChosenPassword, type PasswordFault, passwordFault } from './password-rules.js';
import { Passwords } from './passwords.js';

const sentences: Readonly<Record<PasswordFault, string>> = {
  too_short: 'is too short; a sentence of your own is easy to keep in mind',
  too_long: 'is too long',
  common: 'is one of the passwords that are guessed first',
  context: 'is little more than your address or the name of this product',
  repetitive: 'repeats itself or is a plain run of characters',
};

/** Judges a password that somebody chooses, and hashes it where it will do. */
@Injectable()
export class ChosenPasswords {
  constructor(
    private readonly passwords: Passwords,
    private readonly policies: Policies,
  ) {}

  /** @throws Problem `input.invalid` that says what is wrong with the password (NIST SP 800-63B-4 §3.1.1.2). */
  assertFit(chosen: ChosenPassword): void {
    const fault = passwordFault(chosen, this.policies.verification.staffPassword);
    if (fault) throw inputInvalid([{ path: ['password'], message: sentences[fault] }]);
  }

  /** @throws Problem `input.invalid` as `assertFit` does; `service.unavailable` where too many wait. */
  async accept(chosen: ChosenPassword): Promise<Buffer> {
    this.assertFit(chosen);
    return this.passwords.hash(chosen.password);
  }
}

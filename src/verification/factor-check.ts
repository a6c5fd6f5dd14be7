import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { KeyStore } from '../platform/index.js';
import { AuthenticatorStore } from './authenticators/authenticator-store.js';
import { digestRecoveryCode } from './authenticators/recovery-codes.js';
import { TotpFactor } from './authenticators/totp-factor.js';
import { ChallengeStore } from './challenge-store.js';
import { type Challenge, isSent } from './challenge.entity.js';
import { digestCode, normaliseCode, sameDigest } from './one-time-code.js';

/** `reused`: a time step or recovery code that was right and has been taken before. */
export type FactorVerdict = 'right' | 'wrong' | 'reused' | 'closed';

/**
 * Compares a code by the challenge's method, and where it is right takes it and the challenge for
 * good, in the caller's transaction. No slow hash is on this path: every secret here is either short
 * lived and keyed, or has 112 bits and more.
 */
@Injectable()
export class FactorCheck {
  constructor(
    private readonly keys: KeyStore,
    private readonly challenges: ChallengeStore,
    private readonly authenticators: AuthenticatorStore,
    private readonly totp: TotpFactor,
  ) {}

  /**
   * @param mayCount whether the attempt was counted. Where it was not, the same work is done and its
   *   outcome is not looked at.
   */
  check(
    tx: Tx,
    challenge: Challenge,
    given: { code: string; mayCount: boolean },
  ): Promise<FactorVerdict> {
    return isSent(challenge.method)
      ? this.#checkSent(tx, challenge, given)
      : this.#checkHeld(tx, challenge, given);
  }

  async #checkSent(
    tx: Tx,
    challenge: Challenge,
    { code, mayCount }: { code: string; mayCount: boolean },
  ): Promise<FactorVerdict> {
    const digest = digestCode(this.keys, challenge, normaliseCode(code));
    const fits = sameDigest(digest, challenge.codeDigest);
    if (!mayCount) return 'closed';
    if (!fits) return 'wrong';
    return (await this.challenges.consume(tx, challenge.id, digest)) ? 'right' : 'closed';
  }

  /** The challenge is locked first: whoever takes the factor also closes it, and nobody else does either. */
  async #checkHeld(
    tx: Tx,
    { id }: Challenge,
    { code, mayCount }: { code: string; mayCount: boolean },
  ): Promise<FactorVerdict> {
    const challenge = await this.challenges.lock(tx, id);
    const verdict =
      challenge.method === 'totp'
        ? await this.#checkTotp(tx, challenge, { code, mayTake: mayCount })
        : await this.#checkRecovery(tx, challenge, { code, mayTake: mayCount });
    if (!mayCount || !challenge.isOpen(tx.now)) return 'closed';
    if (verdict !== 'right') return verdict;
    return (await this.challenges.consume(tx, id, challenge.codeDigest)) ? 'right' : 'closed';
  }

  async #checkTotp(
    tx: Tx,
    challenge: Challenge,
    { code, mayTake }: { code: string; mayTake: boolean },
  ): Promise<FactorVerdict> {
    const factor = await this.authenticators.findActive(tx, challenge);
    const step = factor ? await this.totp.stepOf(tx, factor, code) : null;
    if (!factor || step === null) return 'wrong';
    if (!mayTake || !challenge.isOpen(tx.now)) return 'closed';
    return (await this.authenticators.takeStep(tx, factor.id, step)) ? 'right' : 'reused';
  }

  async #checkRecovery(
    tx: Tx,
    challenge: Challenge,
    { code, mayTake }: { code: string; mayTake: boolean },
  ): Promise<FactorVerdict> {
    const digest = digestRecoveryCode(this.keys, challenge.subjectRef, code);
    const { authenticatorId } = challenge;
    if (!mayTake || authenticatorId === null || !challenge.isOpen(tx.now)) return 'closed';
    return (await this.authenticators.takeCode(tx, authenticatorId, digest)) ? 'right' : 'wrong';
  }
}

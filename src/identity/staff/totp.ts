import { verify } from 'otplib';

import type { Policies } from '../../policy/index.js';

export interface TotpCheck {
  readonly secret: string;
  readonly code: unknown;
  readonly now: Date;
  readonly policy: Policies['verification']['totp'];
}

/**
 * The time step a code belongs to (RFC 6238 §4.2), or null where it fits none of the steps allowed.
 * Whether the step was used before is the caller's question.
 */
export async function verifyTotp({ secret, code, now, policy }: TotpCheck): Promise<number | null> {
  // The type first: the pattern alone would accept `["123456"]`, which reads as the same digits.
  if (typeof code !== 'string' || !/^\d{6}$/.test(code)) return null;
  try {
    const outcome = await verify({
      secret,
      token: code,
      algorithm: 'sha1',
      digits: 6,
      period: policy.periodSeconds,
      epoch: Math.floor(now.getTime() / 1000),
      epochTolerance: policy.periodSeconds * policy.toleranceSteps,
    });
    return outcome.valid && 'timeStep' in outcome ? outcome.timeStep : null;
  } catch {
    // The library throws on what it cannot read; to the caller that is one more wrong code.
    return null;
  }
}

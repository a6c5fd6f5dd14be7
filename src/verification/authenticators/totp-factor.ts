import { Injectable } from '@nestjs/common';
import { generateSecret, generateURI } from 'otplib';
import { encodeQR } from 'qr';

import { verifyTotp } from '../../identity/index.js';
import type { Tx } from '../../ledger/index.js';
import { IdSource, type SubjectRef } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { FieldEncryption } from '../../privacy/index.js';
import { normaliseCode } from '../one-time-code.js';
import { type Authenticator, AuthenticatorStore } from './authenticator-store.js';

const issuer = 'Probity';
/** The account's name in the customer's app; nothing that identifies them to whoever sees the screen. */
const label = 'Bank';

/** What a customer's app needs, shown once. */
export interface TotpEnrolment {
  readonly id: string;
  readonly otpauthUri: string;
  readonly qrSvg: string;
}

/** One-time passwords by time (RFC 6238), under a secret that lies encrypted under the person's key. */
@Injectable()
export class TotpFactor {
  constructor(
    private readonly store: AuthenticatorStore,
    private readonly encryption: FieldEncryption,
    private readonly policies: Policies,
    private readonly ids: IdSource,
  ) {}

  /** Makes a secret and begins its enrolment. */
  async begin(tx: Tx, subjectRef: SubjectRef): Promise<TotpEnrolment> {
    const { secretBytes, periodSeconds } = this.policies.verification.totp;
    const secret = generateSecret({ length: secretBytes });
    const id = this.ids.ordered();
    const sealed = await this.encryption.encrypt(tx.manager, subjectRef, placeOf(id), secret);
    await this.store.insertPending(tx, { id, subjectRef, secret: sealed });
    const otpauthUri = generateURI({
      issuer,
      label,
      secret,
      algorithm: 'sha1',
      period: periodSeconds,
    });
    return { id, otpauthUri, qrSvg: encodeQR(otpauthUri, 'svg') };
  }

  /** The time step that a code belongs to; null where it fits none of those allowed now. */
  async stepOf(tx: Tx, factor: Authenticator, code: string): Promise<number | null> {
    if (factor.secret === null) return null;
    const { subjectRef, id } = factor;
    const secret = await this.encryption.decrypt(
      tx.manager,
      subjectRef,
      placeOf(id),
      factor.secret,
    );
    const policy = this.policies.verification.totp;
    return verifyTotp({ secret, code: normaliseCode(code), now: tx.now, policy });
  }
}

function placeOf(rowId: string): { table: string; column: string; rowId: string } {
  return { table: 'authenticators', column: 'secret', rowId };
}

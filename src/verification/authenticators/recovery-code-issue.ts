import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { IdSource, KeyStore, type SubjectRef } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { AuthenticatorStore } from './authenticator-store.js';
import type { EnrolledAuthenticator } from './enrol-authenticator.command.js';
import { digestRecoveryCode, makeRecoveryCode } from './recovery-codes.js';

/** Makes recovery codes and keeps their keyed digests. */
@Injectable()
export class RecoveryCodeIssue {
  constructor(
    private readonly store: AuthenticatorStore,
    private readonly keys: KeyStore,
    private readonly ids: IdSource,
    private readonly policies: Policies,
  ) {}

  /** A whole set, in the place of the one before. */
  async issueSet(
    tx: Tx,
    subjectRef: SubjectRef,
  ): Promise<Extract<EnrolledAuthenticator, { method: 'recovery-code' }>> {
    const { count, entropyBitsMin } = this.policies.verification.recoveryCodes;
    const codes = Array.from({ length: count }, () => makeRecoveryCode(entropyBitsMin));
    const digests = codes.map((code) => digestRecoveryCode(this.keys, subjectRef, code));
    await this.store.removeAll(tx, subjectRef, 'recovery-code');
    const { id } = await this.store.ensureCodes(tx, { id: this.ids.ordered(), subjectRef });
    await this.store.insertCodes(tx, { id, digests, expiresAt: null });
    return { id, method: 'recovery-code', state: 'active', codes };
  }

  /** One code with an end, beside what the person has. */
  async issueOne(tx: Tx, subjectRef: SubjectRef): Promise<{ code: string; expiresAt: Date }> {
    const { entropyBitsMin, sentSeconds } = this.policies.verification.recoveryCodes;
    const expiresAt = new Date(tx.now.getTime() + sentSeconds * 1000);
    const code = makeRecoveryCode(entropyBitsMin);
    const { id } = await this.store.ensureCodes(tx, { id: this.ids.ordered(), subjectRef });
    const digest = digestRecoveryCode(this.keys, subjectRef, code);
    await this.store.insertCodes(tx, { id, digests: [digest], expiresAt });
    return { code, expiresAt };
  }
}

import { Injectable } from '@nestjs/common';

import { Authority } from '../authority/index.js';
import type { AccessToken } from '../identity/index.js';
import {
  type Audited,
  type AuditEventDraft,
  AuditedTransaction,
  committed,
  type DecisionReference,
  refused,
  type Tx,
  type WriteOutcome,
} from '../ledger/index.js';
import { type Actor, type AssuranceLevel, platformProblems } from '../platform/index.js';
import { type AdmittedAttempt, AttemptAdmission } from './attempt-admission.js';
import type { CountedAttempt } from './attempt-counters.js';
import { FactorNotices } from './authenticators/factor-notices.js';
import type { Challenge } from './challenge.entity.js';
import { aboutOf } from './open-challenge.js';
import { Redemption } from './redemption.js';
import {
  challengeFailed,
  challengeRefused,
  verificationLocked,
  verified,
} from './verification.events.js';

/** What a right code gives: a token, and the actor as whom the request goes on. */
export interface VerifiedAttempt extends AccessToken {
  readonly verified: true;
  readonly acr: AssuranceLevel;
  readonly actor: Actor;
}
/** Wrong, expired, used up, locked or somebody unknown: nobody outside learns which. */
export interface FailedAttempt {
  readonly verified: false;
}
export type ChallengeAttempt = VerifiedAttempt | FailedAttempt;

/** Judges one attempt at a code: counted for good, then compared, then consumed and recorded at once. */
@Injectable()
export class ChallengeAttempts {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly admission: AttemptAdmission,
    private readonly redemption: Redemption,
    private readonly notices: FactorNotices,
  ) {}

  /** @throws Problem `resource.not_found` for an unknown, malformed or somebody else's challenge. */
  async attempt(
    actor: Actor,
    challengeId: string,
    code: string,
  ): Promise<Audited<ChallengeAttempt>> {
    const { challenge, ...admitted } = await this.admission.admit(actor, challengeId);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<ChallengeAttempt>> => {
      const resource = { kind: 'challenge', id: challengeId };
      const ownerSubjectRef = challenge?.subjectRef ?? null;
      const decision = await this.authority.decide(tx, actor, 'challenge.attempt', {
        resource: { ...resource, ownerSubjectRef },
        defaultPurpose: challenge?.purpose ?? 'account-access',
      });
      if (!challenge || decision.kind !== 'permit') {
        const problem =
          challenge && 'problem' in decision
            ? decision.problem
            : platformProblems['resource.not_found']();
        const detail = { step: 'attempt', reason: 'not_own' } as const;
        return refused(problem, challengeRefused({ decision, detail }));
      }
      return this.#judge(tx, { challenge, ...admitted, code, decision });
    });
  }

  async #judge(
    tx: Tx,
    { challenge, counted, contacts, code, decision }: Judgement,
  ): Promise<WriteOutcome<ChallengeAttempt>> {
    const { actor } = tx;
    const redeemed = await this.redemption.redeem(tx, challenge, {
      code,
      mayCount: counted !== null,
    });
    if (redeemed.kind !== 'right') {
      const reason =
        redeemed.kind === 'closed' && challenge.isOpen(tx.now) ? 'budget' : redeemed.kind;
      const [first, ...more] = failureEvents(challenge, counted, reason);
      return committed({ verified: false as const }, { ...first, decision }, ...more);
    }
    const { session, token } = redeemed;
    const { acr, amr, method, authenticatedAt } = session;
    if (challenge.method === 'recovery-code') {
      const { subjectRef } = challenge;
      await this.notices.tell(tx, contacts, { change: 'recovery-code-used', subjectRef });
    }
    const about = aboutOf(challenge);
    return committed(
      {
        verified: true as const,
        acr,
        ...token,
        actor: { ...actor, assurance: { acr, amr, method, authenticatedAt } },
      },
      verified({ ...about, decision, detail: { ...about.detail, acr, amr: [...amr] } }),
    );
  }
}

interface Judgement extends AdmittedAttempt {
  readonly challenge: Challenge;
  readonly code: string;
  readonly decision: DecisionReference;
}

type Reason = Parameters<typeof challengeFailed>[0]['detail']['reason'];

function failureEvents(
  challenge: Challenge,
  counted: CountedAttempt | null,
  reason: Reason,
): readonly [AuditEventDraft, ...AuditEventDraft[]] {
  const about = aboutOf(challenge);
  const failure = challengeFailed({
    ...about,
    outcome: 'failed',
    code: 'verification.failed',
    detail: { ...about.detail, reason, attempt: counted?.attempts ?? null },
  });
  if (!counted?.locks) return [failure];
  const { failures, lockedUntil } = counted;
  const until = lockedUntil?.toISOString() ?? null;
  return [
    failure,
    verificationLocked({
      ...about,
      outcome: 'failed',
      detail: { ...about.detail, failures, until },
    }),
  ];
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

import {
  type ChallengeId,
  Classified,
  type SessionId,
  type SubjectRef,
} from '../platform/index.js';

export const challengeMethods = ['sms', 'email', 'totp', 'recovery-code'] as const;
export type ChallengeMethod = (typeof challengeMethods)[number];

/** Methods whose code is sent to the customer; the others are answered by what they hold. */
export type SentMethod = Extract<ChallengeMethod, 'sms' | 'email'>;
export function isSent(method: string): method is SentMethod {
  return method === 'sms' || method === 'email';
}

/** `open` is the only state that leads anywhere: to `verified` once, or to one of the ends. */
export const challengeStates = ['open', 'verified', 'superseded', 'expired'] as const;
export type ChallengeState = (typeof challengeStates)[number];

/** NIST SP 800-63B-4 §3.1.3: a challenge not completed in ten minutes is invalid, fresh codes or not. */
const lifeMillisecondsMax = 600_000;

/** A question for a code: whom it was put to, for what, and a keyed digest of the answer. */
@Entity('challenges')
export class Challenge {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: ChallengeId;

  @Column('uuid', { name: 'session_id' })
  @Classified('internal')
  sessionId!: SessionId;

  @Column('uuid', { name: 'subject_ref' })
  @Classified('internal')
  subjectRef!: SubjectRef;

  /** Keyed digest of the account, or of the number a guest claims: whose failures are counted. */
  @Column('bytea', { name: 'counter_scope' })
  @Classified('personal')
  counterScope!: Buffer;

  @Column('text')
  @Classified('internal')
  method!: ChallengeMethod;

  @Column('text')
  @Classified('internal')
  purpose!: string;

  @Column('text', { nullable: true })
  @Classified('internal')
  resource!: string | null;

  @Column('bigint', { name: 'amount_minor', nullable: true })
  @Classified('internal')
  amountMinor!: string | null;

  @Column('text', { nullable: true })
  @Classified('internal')
  currency!: string | null;

  /** Sealed for this challenge; null where no money moves. */
  @Column('bytea', { nullable: true })
  @Classified('personal')
  payee!: Buffer | null;

  @Column('bytea', { name: 'context_digest' })
  @Classified('secret')
  contextDigest!: Buffer;

  @Column('bytea', { name: 'destination_digest' })
  @Classified('personal')
  destinationDigest!: Buffer;

  /** The number a guest claims, under the guest's own key; null for a customer. */
  @Column('bytea', { name: 'claimed_number', nullable: true })
  @Classified('personal')
  claimedNumber!: Buffer | null;

  @Column('bytea', { name: 'code_digest' })
  @Classified('secret')
  codeDigest!: Buffer;

  /** The enrolled factor that answers; null where a code is sent. */
  @Column('uuid', { name: 'authenticator_id', nullable: true })
  @Classified('internal')
  authenticatorId!: string | null;

  @Column('text')
  @Classified('internal')
  state!: ChallengeState;

  @Column('timestamptz', { name: 'created_at' })
  @Classified('internal')
  createdAt!: Date;

  @Column('timestamptz', { name: 'sent_at' })
  @Classified('internal')
  sentAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  @Classified('internal')
  expiresAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  @Classified('internal')
  finishedAt!: Date | null;

  @Column('timestamptz', { name: 'grant_used_at', nullable: true })
  @Classified('internal')
  grantUsedAt!: Date | null;

  isOpen(now: Date): boolean {
    return this.state === 'open' && this.expiresAt > now;
  }

  /** Until when a code sent now is good: its own life, within the challenge's. */
  codeEnd(now: Date, lifeSeconds: number): Date {
    const end = now.getTime() + lifeSeconds * 1000;
    return new Date(Math.min(end, this.createdAt.getTime() + lifeMillisecondsMax));
  }
}

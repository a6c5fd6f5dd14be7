import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';

import { IdentityModule } from '../identity/index.js';
import { NotificationsModule } from '../notifications/index.js';
import { AttemptChallengeHandler } from './attempt-challenge.handler.js';
import { ChallengeAttempts } from './attempt-challenge.js';
import { AttemptCounters } from './attempt-counters.js';
import { ChallengeCodes } from './challenge-codes.js';
import { ChallengeDispatch } from './challenge-dispatch.js';
import { ChallengePersonalData } from './challenge-personal-data.js';
import { ChallengeResending } from './challenge-resending.js';
import { ChallengeStore } from './challenge-store.js';
import { Challenge } from './challenge.entity.js';
import { Challenges } from './challenges.js';
import { ChangeAuthenticatorHandler } from './change-authenticator.handler.js';
import { CreateChallengeHandler } from './create-challenge.handler.js';
import { ChallengeExpiry } from './expire-challenges.js';
import { ListAuthenticatorsHandler } from './list-authenticators.query.js';
import { ChallengeOpening } from './open-challenge.js';
import { PendingIntents } from './pending-intents.js';
import { Recipients } from './recipients.js';
import { Redemption } from './redemption.js';
import { ResendChallengeHandler } from './resend-challenge.handler.js';
import { SendLimits } from './send-limits.js';
import { VerificationController } from './verification.controller.js';

/** Challenges: codes asked for, sent, judged; and what a right one is good for. */
@Module({
  imports: [CqrsModule, IdentityModule, NotificationsModule, TypeOrmModule.forFeature([Challenge])],
  controllers: [VerificationController],
  providers: [
    AttemptCounters,
    ChallengeAttempts,
    ChallengeCodes,
    ChallengeDispatch,
    ChallengeExpiry,
    ChallengeOpening,
    ChallengePersonalData,
    ChallengeResending,
    Challenges,
    ChallengeStore,
    PendingIntents,
    Recipients,
    Redemption,
    SendLimits,
    AttemptChallengeHandler,
    ChangeAuthenticatorHandler,
    CreateChallengeHandler,
    ListAuthenticatorsHandler,
    ResendChallengeHandler,
  ],
  exports: [Challenges, PendingIntents],
})
export class VerificationModule {}

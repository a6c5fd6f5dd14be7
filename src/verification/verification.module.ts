import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';

import { IdentityModule } from '../identity/index.js';
import { NotificationsModule } from '../notifications/index.js';
import { AttemptChallengeHandler } from './attempt-challenge.handler.js';
import { ChallengeAttempts } from './attempt-challenge.js';
import { AttemptAdmission } from './attempt-admission.js';
import { AttemptCounters } from './attempt-counters.js';
import { AuthenticatorStore } from './authenticators/authenticator-store.js';
import { AuthenticatorsController } from './authenticators/authenticators.controller.js';
import { ConfirmAuthenticatorHandler } from './authenticators/confirm-authenticator.handler.js';
import { EnrolAuthenticatorHandler } from './authenticators/enrol-authenticator.handler.js';
import { FactorConfirmation } from './authenticators/factor-confirmation.js';
import { FactorEnrolment } from './authenticators/factor-enrolment.js';
import { FactorNotices } from './authenticators/factor-notices.js';
import { FactorRemoval } from './authenticators/factor-removal.js';
import { ListAuthenticatorsHandler } from './authenticators/list-authenticators.query.js';
import { RecoveryCodeIssue } from './authenticators/recovery-code-issue.js';
import { RemoveAuthenticatorHandler } from './authenticators/remove-authenticator.handler.js';
import { TotpFactor } from './authenticators/totp-factor.js';
import { ChallengeCodes } from './challenge-codes.js';
import { ChallengeDispatch } from './challenge-dispatch.js';
import { ChallengeDrafts } from './challenge-drafts.js';
import { ChallengePersonalData } from './challenge-personal-data.js';
import { ChallengeResending } from './challenge-resending.js';
import { ChallengeStore } from './challenge-store.js';
import { Challenge } from './challenge.entity.js';
import { Challenges } from './challenges.js';
import { CreateChallengeHandler } from './create-challenge.handler.js';
import { ChallengeTurn, DeliveryFallback } from './delivery-fallback.js';
import { ChallengeExpiry } from './expire-challenges.js';
import { GetDeliveryHandler } from './get-delivery.query.js';
import { ChallengeOpening } from './open-challenge.js';
import { FactorCheck } from './factor-check.js';
import { Grants } from './grants.js';
import { ProtectionController } from './protection/protection.controller.js';
import { ReleaseLockoutHandler } from './protection/release-lockout.handler.js';
import { ReportSuspiciousActivityHandler } from './protection/report-suspicious-activity.handler.js';
import { OtherMeans } from './other-means.js';
import { ApprovableRecovery } from './recovery/approvable-recovery.js';
import { FactorRecoveries } from './recovery/factor-recoveries.js';
import { FactorRecoveriesController } from './recovery/factor-recoveries.controller.js';
import { FactorRecoveryCustomer } from './recovery/factor-recovery-customer.js';
import { RecoveryCodeDelivery } from './recovery/recovery-code-delivery.js';
import { RecoveryContacts } from './recovery/recovery-contacts.js';
import { RequestFactorRecoveryHandler } from './recovery/request-factor-recovery.handler.js';
import { PendingIntents } from './pending-intents.js';
import { Recipients } from './recipients.js';
import { Redemption } from './redemption.js';
import { ResendChallengeHandler } from './resend-challenge.handler.js';
import { SendLimits } from './send-limits.js';
import { VerificationController } from './verification.controller.js';

/** Challenges: codes asked for, sent, judged; and what a right one is good for. */
@Module({
  imports: [CqrsModule, IdentityModule, NotificationsModule, TypeOrmModule.forFeature([Challenge])],
  controllers: [
    VerificationController,
    AuthenticatorsController,
    FactorRecoveriesController,
    ProtectionController,
  ],
  providers: [
    ApprovableRecovery,
    AttemptAdmission,
    AttemptCounters,
    AuthenticatorStore,
    ChallengeAttempts,
    ChallengeCodes,
    ChallengeDispatch,
    ChallengeDrafts,
    ChallengeExpiry,
    ChallengeOpening,
    ChallengePersonalData,
    ChallengeResending,
    Challenges,
    ChallengeStore,
    ChallengeTurn,
    DeliveryFallback,
    FactorCheck,
    FactorConfirmation,
    FactorEnrolment,
    FactorNotices,
    FactorRecoveries,
    FactorRecoveryCustomer,
    FactorRemoval,
    Grants,
    OtherMeans,
    PendingIntents,
    Recipients,
    RecoveryCodeDelivery,
    RecoveryCodeIssue,
    RecoveryContacts,
    Redemption,
    SendLimits,
    TotpFactor,
    AttemptChallengeHandler,
    CreateChallengeHandler,
    ConfirmAuthenticatorHandler,
    EnrolAuthenticatorHandler,
    ReleaseLockoutHandler,
    RequestFactorRecoveryHandler,
    RemoveAuthenticatorHandler,
    ReportSuspiciousActivityHandler,
    GetDeliveryHandler,
    ListAuthenticatorsHandler,
    ResendChallengeHandler,
  ],
  exports: [Challenges, Grants, PendingIntents],
})
export class VerificationModule {}

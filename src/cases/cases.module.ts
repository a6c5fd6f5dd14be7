import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';

import { IdentityModule } from '../identity/index.js';
import { NotificationsModule } from '../notifications/index.js';
import { SealedFacts } from './case-facts.js';
import { CasePersonalData } from './case-personal-data.js';
import { CaseReading } from './case-reading.js';
import { CaseRegister } from './case-register.js';
import { CaseSubjects } from './case-subjects.js';
import { Case } from './case.entity.js';
import { CasesController } from './cases.controller.js';
import { ApplyContainments, ContainmentRun } from './containment/apply-containments.js';
import { CardLookups } from './containment/card-lookup.js';
import { ContainmentEffects } from './containment/containment-effects.js';
import { ContainmentLimits } from './containment/containment-limits.js';
import { Containment } from './containment/containment.entity.js';
import { Containments } from './containment/containments.js';
import { HolderNotices } from './containment/holder-notices.js';
import { IdentifyCard } from './containment/identify-card.js';
import { ListContainmentsHandler } from './containment/list-containments.query.js';
import { ReleaseContainmentHandler } from './containment/release-containment.handler.js';
import { Deadline } from './deadline/deadline.entity.js';
import { ListDeadlinesHandler } from './deadline/list-deadlines.query.js';
import { AddDisputeFactsHandler } from './dispute/add-dispute-facts.handler.js';
import { DisputeAssessment } from './dispute/dispute-assessment.js';
import { DisputeBank } from './dispute/dispute-bank.js';
import { DisputeCases } from './dispute/dispute-cases.js';
import { DisputeOutlook } from './dispute/dispute-outlook.js';
import { Dispute } from './dispute/dispute.entity.js';
import { DisputedTransactions } from './dispute/disputed-transactions.js';
import { OpenDisputeHandler } from './dispute/open-dispute.handler.js';
import { DisputeReassessment, ReassessDisputes } from './dispute/reassess-disputes.js';
import { AddFraudDetailsHandler } from './fraud/add-fraud-details.handler.js';
import { ContainmentRequest } from './fraud/containment-request.js';
import { FraudAnswer } from './fraud/fraud-answer.js';
import { FraudDeadlines } from './fraud/fraud-deadlines.js';
import { FraudNotice } from './fraud/fraud-notice.js';
import { ReportFraudHandler } from './fraud/report-fraud.handler.js';
import { ToldCards } from './fraud/told-cards.js';
import { GetCaseHandler } from './get-case.query.js';
import { ListCasesHandler } from './list-cases.query.js';
import { OpenCaseHandler } from './open-case.handler.js';
import { ListMoneyDifferencesHandler } from './reconciliation/list-money-differences.query.js';
import { MoneyAlerts } from './reconciliation/money-alerts.js';
import { MoneyDifference } from './reconciliation/money-difference.entity.js';
import { MoneyDifferencesController } from './reconciliation/money-differences.controller.js';
import { ReconcileMoney } from './reconciliation/reconcile-money.job.js';
import { Reconciliation } from './reconciliation/reconciliation.js';
import { RecordedMovements } from './reconciliation/recorded-movements.js';
import { ApprovableRefunds } from './refund/approvable-refunds.js';
import { CreateFeeReversalHandler } from './refund/create-fee-reversal.handler.js';
import { CreateRefundHandler } from './refund/create-refund.handler.js';
import { ExecuteRefunds } from './refund/execute-refunds.job.js';
import { GetRefundHandler } from './refund/get-refund.query.js';
import { MoneyLimits } from './refund/money-limits.js';
import { RefundBank } from './refund/refund-bank.js';
import { RefundIntents } from './refund/refund-intents.js';
import { Refund } from './refund/refund.entity.js';
import { FeeReversalsController, RefundsController } from './refund/refunds.controller.js';
import { Refunds } from './refund/refunds.js';
import { Task } from './task.entity.js';
import { TeamAlerts } from './team-alerts.js';

const containment = [
  ApplyContainments,
  CardLookups,
  ContainmentEffects,
  ContainmentLimits,
  ContainmentRequest,
  ContainmentRun,
  Containments,
  HolderNotices,
  IdentifyCard,
  ListContainmentsHandler,
  ReleaseContainmentHandler,
];
const fraud = [
  AddFraudDetailsHandler,
  FraudAnswer,
  FraudDeadlines,
  FraudNotice,
  ReportFraudHandler,
  ToldCards,
];
const dispute = [
  AddDisputeFactsHandler,
  DisputeAssessment,
  DisputeBank,
  DisputeCases,
  DisputedTransactions,
  DisputeOutlook,
  DisputeReassessment,
  ListDeadlinesHandler,
  OpenDisputeHandler,
  ReassessDisputes,
];
const refund = [
  ApprovableRefunds,
  CreateFeeReversalHandler,
  CreateRefundHandler,
  ExecuteRefunds,
  GetRefundHandler,
  MoneyLimits,
  RefundBank,
  RefundIntents,
  Refunds,
];

const reconciliation = [
  ListMoneyDifferencesHandler,
  MoneyAlerts,
  ReconcileMoney,
  Reconciliation,
  RecordedMovements,
];

/** Cases of fraud and dispute, their protective measures, clocks and refunds. */
@Module({
  imports: [
    CqrsModule,
    IdentityModule,
    NotificationsModule,
    TypeOrmModule.forFeature([Case, Containment, Deadline, Dispute, MoneyDifference, Refund, Task]),
  ],
  controllers: [
    CasesController,
    RefundsController,
    FeeReversalsController,
    MoneyDifferencesController,
  ],
  providers: [
    CasePersonalData,
    CaseReading,
    CaseRegister,
    CaseSubjects,
    GetCaseHandler,
    ListCasesHandler,
    OpenCaseHandler,
    SealedFacts,
    TeamAlerts,
    ...containment,
    ...fraud,
    ...dispute,
    ...refund,
    ...reconciliation,
  ],
  exports: [DisputedTransactions],
})
export class CasesModule {}

/**
 * Takes notices of fraud and error from anybody and works them as cases: numbers, clocks, protective
 * measures, refunds. Promises that a notice is never lost to missing proof, missing facts or a silent
 * bank; that every clock explains itself; and that money moves once, within somebody's authority. It
 * shows nothing of accounts and transactions by itself.
 */
export { type CaseType, caseTypes } from './case-type.js';
export { type CaseSummary, caseSummarySchema } from './case-view.js';
export { disputeTransactionDisclosed } from './cases.events.js';
export { CasesModule } from './cases.module.js';
export type { ReportedCard } from './containment/card-lookup.js';
export { AddDisputeFacts, type AddedDisputeFacts } from './dispute/add-dispute-facts.command.js';
export type { DisputeFacts } from './dispute/dispute-facts.js';
export { type DisputedTransaction, DisputedTransactions } from './dispute/disputed-transactions.js';
export {
  type DisputeNotice,
  type DisputeOpened,
  OpenDispute,
} from './dispute/open-dispute.command.js';
export { AddFraudDetails, type FraudDetails } from './fraud/add-fraud-details.command.js';
export { type FraudReport, type FraudReported, ReportFraud } from './fraud/report-fraud.command.js';
export { GetCase } from './get-case.query.js';
export { ListCases } from './list-cases.query.js';
export { OpenCase } from './open-case.command.js';
export { CreateRefund } from './refund/create-refund.command.js';

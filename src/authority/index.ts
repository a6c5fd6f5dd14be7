/**
 * Answers one question: may this actor do this, with these facts? Owns the decision, approvals and
 * delegations. Nothing else in the product judges role, ownership, purpose, assurance or amount.
 */
export {
  ApprovableActions,
  type ApprovableAction,
  type ApprovalDecision,
} from './approval/approvable-action.port.js';
export type { ApprovalRequest, RequestedAction } from './approval/approval-request.entity.js';
export { Approvals, type RequestedApproval } from './approval/approvals.js';
export { insufficientAssurance } from './assurance-step.js';
export * from './authority.js';
export * from './authority.module.js';
export * from './authority.problems.js';
export * from './authorization-check.js';
export * from './authorized.js';
export { type ExposedParties, type Exposure, Exposures } from './exposure/exposures.js';
export * from './policy-authority.js';
export * from './refusal.js';

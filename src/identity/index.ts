/**
 * Knows who asks: customers, guests of one conversation, staff. Owns sessions, access and refresh
 * tokens and the staff directory. Promises that every request is judged by a session that stands at
 * that moment, that customers appear outside only as random references, and that whatever is wrong
 * with a credential, the answer is one and the same. What an actor may do is not judged here.
 */
export type { AccessToken } from './access-tokens.js';
export {
  CreateCustomerSession,
  type CreatedCustomerSession,
} from './create-customer-session.command.js';
export { type CustomerSession, CustomerSessions, type Raise } from './customer-sessions.js';
export { Customers } from './customers.js';
export { GuestTokens } from './guest-tokens.js';
export { IdentityModule } from './identity.module.js';
export type { DemoStaffMember } from './staff/demo-staff.js';
export { InviteStaff, inviteStaffSchema } from './staff/directory/invite-staff.command.js';
export { EndStaffSession } from './staff/end-staff-session.command.js';
export { RefreshStaffSession } from './staff/refresh-staff-session.command.js';
export { SignInStaff } from './staff/sign-in-staff.command.js';
export {
  type CreatedStaffSession,
  VerifyStaffFactor,
} from './staff/verify-staff-factor.command.js';
export { verifyTotp } from './staff/totp.js';

import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';

import { AuthorityModule } from '../authority/index.js';
import { NotificationsModule } from '../notifications/index.js';
import { Authenticator } from '../platform/index.js';
import { AccessTokens } from './access-tokens.js';
import { AssertionIds } from './assertions/assertion-ids.js';
import { AssertionIssuers } from './assertions/assertion-issuers.js';
import { AssertionSignIn } from './assertions/assertion-sign-in.js';
import { BankAssertions } from './assertions/bank-assertions.js';
import { AddClientKeyHandler } from './clients/add-client-key.handler.js';
import { ApiClients } from './clients/api-clients.js';
import { ApiClientsController } from './clients/api-clients.controller.js';
import { ClientAssertions } from './clients/client-assertions.js';
import { CreateApiClientHandler } from './clients/create-api-client.handler.js';
import { IssueClientTokenHandler } from './clients/issue-client-token.handler.js';
import { ListApiClientsHandler } from './clients/list-api-clients.query.js';
import { OAuthController } from './clients/oauth.controller.js';
import { RemoveClientKeyHandler } from './clients/remove-client-key.handler.js';
import { RevokeApiClientHandler } from './clients/revoke-api-client.handler.js';
import { CreateCustomerSessionHandler } from './create-customer-session.handler.js';
import { EndCustomerSessionHandler } from './end-customer-session.handler.js';
import { CustomerPersonalData } from './customer-personal-data.js';
import { CustomerSessions } from './customer-sessions.js';
import { CustomerSignIn } from './customer-sign-in.js';
import { Customers } from './customers.js';
import { GuestTokens } from './guest-tokens.js';
import { KeySet } from './key-set.js';
import { KeyRotations } from './key-rotations.js';
import { PasscodeLimit } from './passcode-limit.js';
import { PasscodeSignIn } from './passcode-sign-in.js';
import { RefreshCustomerSessionHandler } from './refresh-customer-session.handler.js';
import { CustomerRefreshTokens, StaffRefreshTokens } from './refresh-tokens.js';
import { SessionsController } from './sessions.controller.js';
import { ChosenPasswords } from './staff/chosen-passwords.js';
import { DemoStaff } from './staff/demo-staff.js';
import { DevStaffController } from './staff/dev-staff.controller.js';
import { AccountDisabling } from './staff/directory/account-disabling.js';
import { ApprovableFactorReset } from './staff/directory/approvable-factor-reset.js';
import { ChangeStaffRolesHandler } from './staff/directory/change-staff-roles.handler.js';
import { ChangeStaffStatusHandler } from './staff/directory/change-staff-status.handler.js';
import { InviteStaffHandler } from './staff/directory/invite-staff.handler.js';
import { ListStaffHandler } from './staff/directory/list-staff.query.js';
import { RequestFactorResetHandler } from './staff/directory/request-factor-reset.handler.js';
import { StaffInvitations } from './staff/directory/staff-invitations.js';
import { StaffController } from './staff/directory/staff.controller.js';
import { UnusedAccounts } from './staff/directory/unused-accounts.js';
import { EndStaffSessionHandler } from './staff/end-staff-session.handler.js';
import { BeginStaffEnrolmentHandler } from './staff/enrolment/begin-staff-enrolment.handler.js';
import { ConfirmStaffEnrolmentHandler } from './staff/enrolment/confirm-staff-enrolment.handler.js';
import { FirstCode } from './staff/enrolment/first-code.js';
import { StaffEnrolmentsController } from './staff/enrolment/staff-enrolments.controller.js';
import { StaffEnrolments } from './staff/enrolment/staff-enrolments.js';
import { BeginOidcSignInHandler } from './staff/oidc/begin-oidc-sign-in.handler.js';
import { CompanyProvider } from './staff/oidc/company-provider.js';
import { CompleteOidcSignInHandler } from './staff/oidc/complete-oidc-sign-in.handler.js';
import { OidcAnswers } from './staff/oidc/oidc-answers.js';
import { OidcDirectory } from './staff/oidc/oidc-directory.js';
import { OidcLogins } from './staff/oidc/oidc-logins.js';
import { StaffOidcController } from './staff/oidc/staff-oidc.controller.js';
import { PasswordResetProof } from './staff/password-reset/password-reset-proof.js';
import { RequestStaffPasswordResetHandler } from './staff/password-reset/request-staff-password-reset.handler.js';
import { ResetEligibility } from './staff/password-reset/reset-eligibility.js';
import { ResetStaffPasswordHandler } from './staff/password-reset/reset-staff-password.handler.js';
import { StaffPasswordResetsController } from './staff/password-reset/staff-password-resets.controller.js';
import { Passwords } from './staff/passwords.js';
import { StaffRecoveryCodes } from './staff/recovery-codes.js';
import { RefreshStaffSessionHandler } from './staff/refresh-staff-session.handler.js';
import { SessionOpening } from './staff/session-opening.js';
import { ListStaffSessionsHandler } from './staff/sessions/list-staff-sessions.query.js';
import { RevokeStaffSessionsHandler } from './staff/sessions/revoke-staff-sessions.handler.js';
import { SignInStaffHandler } from './staff/sign-in-staff.handler.js';
import { StaffAccounts } from './staff/staff-accounts.js';
import { StaffCredentials } from './staff/staff-credentials.js';
import { StaffDirectory } from './staff/staff-directory.js';
import { StaffFactor } from './staff/staff-factor.js';
import { StaffLinks } from './staff/staff-links.js';
import { StaffMail } from './staff/staff-mail.js';
import { StaffSessions } from './staff/staff-sessions.js';
import { StaffSessionsController } from './staff/staff-sessions.controller.js';
import { StaffSignIns } from './staff/staff-sign-ins.js';
import { VerifyStaffFactorHandler } from './staff/verify-staff-factor.handler.js';
import { SignInSweep } from './sign-in-sweep.js';
import { TokenAuthenticator } from './token-authenticator.js';

/** What the life of a staff account needs, from the invitation to the last session. */
const staffProviders = [
  AccountDisabling,
  ApprovableFactorReset,
  ChosenPasswords,
  CompanyProvider,
  DemoStaff,
  FirstCode,
  OidcAnswers,
  OidcDirectory,
  OidcLogins,
  PasswordResetProof,
  Passwords,
  StaffRefreshTokens,
  ResetEligibility,
  SessionOpening,
  StaffAccounts,
  StaffCredentials,
  StaffDirectory,
  StaffEnrolments,
  StaffFactor,
  StaffInvitations,
  StaffLinks,
  StaffMail,
  StaffRecoveryCodes,
  StaffSessions,
  StaffSignIns,
  UnusedAccounts,
  BeginOidcSignInHandler,
  BeginStaffEnrolmentHandler,
  ChangeStaffRolesHandler,
  ChangeStaffStatusHandler,
  CompleteOidcSignInHandler,
  ConfirmStaffEnrolmentHandler,
  EndStaffSessionHandler,
  InviteStaffHandler,
  ListStaffHandler,
  ListStaffSessionsHandler,
  RefreshStaffSessionHandler,
  RequestFactorResetHandler,
  RequestStaffPasswordResetHandler,
  ResetStaffPasswordHandler,
  RevokeStaffSessionsHandler,
  SignInStaffHandler,
  VerifyStaffFactorHandler,
];

/** Customers, guests and staff: who they are, their sessions and their tokens. */
@Module({
  imports: [CqrsModule, AuthorityModule, NotificationsModule],
  controllers: [
    SessionsController,
    ApiClientsController,
    OAuthController,
    StaffSessionsController,
    StaffController,
    StaffOidcController,
    StaffEnrolmentsController,
    StaffPasswordResetsController,
    DevStaffController,
  ],
  providers: [
    KeySet,
    AccessTokens,
    Customers,
    CustomerPersonalData,
    SignInSweep,
    CustomerSessions,
    CustomerSignIn,
    GuestTokens,
    PasscodeLimit,
    ...staffProviders,
    CreateCustomerSessionHandler,
    EndCustomerSessionHandler,
    AssertionIds,
    AssertionIssuers,
    AssertionSignIn,
    BankAssertions,
    PasscodeSignIn,
    ApiClients,
    ClientAssertions,
    KeyRotations,
    CustomerRefreshTokens,
    RefreshCustomerSessionHandler,
    IssueClientTokenHandler,
    CreateApiClientHandler,
    AddClientKeyHandler,
    RemoveClientKeyHandler,
    RevokeApiClientHandler,
    ListApiClientsHandler,
    { provide: Authenticator, useClass: TokenAuthenticator },
  ],
  exports: [Authenticator, Customers, CustomerSessions, GuestTokens],
})
export class IdentityModule {}

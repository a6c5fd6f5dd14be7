import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';

import { Authenticator } from '../platform/index.js';
import { AccessTokens } from './access-tokens.js';
import { CreateCustomerSessionHandler } from './create-customer-session.handler.js';
import { CustomerPersonalData } from './customer-personal-data.js';
import { CustomerSessions } from './customer-sessions.js';
import { CustomerSignIn } from './customer-sign-in.js';
import { Customers } from './customers.js';
import { GuestTokens } from './guest-tokens.js';
import { KeySet } from './key-set.js';
import { PasscodeLimit } from './passcode-limit.js';
import { SessionsController } from './sessions.controller.js';
import { DemoStaff } from './staff/demo-staff.js';
import { DevStaffController } from './staff/dev-staff.controller.js';
import { EndStaffSessionHandler } from './staff/end-staff-session.handler.js';
import { RefreshStaffSessionHandler } from './staff/refresh-staff-session.handler.js';
import { RefreshTokens } from './staff/refresh-tokens.js';
import { SignInStaffHandler } from './staff/sign-in-staff.handler.js';
import { StaffAccounts } from './staff/staff-accounts.js';
import { StaffFactor } from './staff/staff-factor.js';
import { StaffSessions } from './staff/staff-sessions.js';
import { StaffSessionsController } from './staff/staff-sessions.controller.js';
import { StaffSignIns } from './staff/staff-sign-ins.js';
import { VerifyStaffFactorHandler } from './staff/verify-staff-factor.handler.js';
import { SignInSweep } from './sign-in-sweep.js';
import { TokenAuthenticator } from './token-authenticator.js';

/** Customers, guests and staff: who they are, their sessions and their tokens. */
@Module({
  imports: [CqrsModule],
  controllers: [SessionsController, StaffSessionsController, DevStaffController],
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
    StaffAccounts,
    StaffFactor,
    StaffSessions,
    StaffSignIns,
    RefreshTokens,
    DemoStaff,
    CreateCustomerSessionHandler,
    SignInStaffHandler,
    VerifyStaffFactorHandler,
    RefreshStaffSessionHandler,
    EndStaffSessionHandler,
    { provide: Authenticator, useClass: TokenAuthenticator },
  ],
  exports: [Authenticator, Customers, CustomerSessions, GuestTokens],
})
export class IdentityModule {}

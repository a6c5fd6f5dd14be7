import { Global, Module } from '@nestjs/common';

import { LedgerPolicy } from '../ledger/index.js';
import { BusinessCalendars } from './business-calendar.js';
import { findPoliciesDirectory, loadPolicies } from './load-policies.js';
import { Policies } from './policies.js';
import { PolicyActivation } from './policy-activation.js';
import { RequestRates } from './request-rates.js';

/** Loads `policies/` once at start; a fault there stops the start. */
@Global()
@Module({
  providers: [
    { provide: Policies, useFactory: () => new Policies(loadPolicies(findPoliciesDirectory())) },
    { provide: LedgerPolicy, useExisting: Policies },
    BusinessCalendars,
    PolicyActivation,
    RequestRates,
  ],
  exports: [Policies, LedgerPolicy, BusinessCalendars],
})
export class PolicyModule {}

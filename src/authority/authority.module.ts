import { Global, Module } from '@nestjs/common';

import { Authority } from './authority.js';
import { PolicyAuthority } from './policy-authority.js';

/** The one decision point, for every context. */
@Global()
@Module({
  providers: [PolicyAuthority, { provide: Authority, useExisting: PolicyAuthority }],
  exports: [Authority],
})
export class AuthorityModule {}

import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';

import { ApiRoute, Config, levels, platformProblems, Public } from '../../platform/index.js';
import { DemoStaff, type DemoStaffMember } from './demo-staff.js';

const demoStaffSchema = z
  .object({
    items: z.array(
      z.object({
        email: z.string(),
        password: z.string(),
        totpSecret: z.string(),
        roles: z.array(z.string()),
        level: z.enum(levels).nullable(),
      }),
    ),
  })
  .meta({ id: 'DemoStaff' });

/** Tells how to sign in as the demo's staff, in development on a loopback address only. */
@Controller('dev/staff')
@Public()
export class DevStaffController {
  constructor(
    private readonly config: Config,
    private readonly staff: DemoStaff,
  ) {}

  @Get()
  @ApiRoute({
    summary: 'List the demo staff with their passwords and TOTP secrets',
    responses: { 200: demoStaffSchema },
    problems: ['route.unknown'],
  })
  list(): { items: readonly DemoStaffMember[] } {
    if (!this.config.devRoutes || !this.config.demoAccounts)
      throw platformProblems['route.unknown']();
    return { items: this.staff.list() };
  }
}

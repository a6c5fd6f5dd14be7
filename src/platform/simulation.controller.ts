import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';

import { Clock, SimulatedClock } from './clock.js';
import { Public } from './http/access.js';
import { ApiRoute } from './http/api-route.js';
import { JobQueue } from './jobs.js';
import { durationSchema } from './iso-duration.js';

const advanceSchema = z
  .strictObject({
    by: durationSchema.describe('ISO 8601 duration of weeks, days, hours, minutes, seconds: P9D'),
  })
  .meta({ id: 'ClockAdvance' });
const clockSchema = z.strictObject({ now: z.iso.datetime() }).meta({ id: 'SimulatedClock' });

/** Moves time, so that deadlines can be watched. Stands only where `PROBITY_SIMULATION` is set, never in production. */
@Controller('simulation/clock')
@Public()
export class SimulationController {
  constructor(
    private readonly clock: Clock,
    private readonly jobs: JobQueue,
  ) {}

  @Get()
  @ApiRoute({
    tag: 'simulation',
    summary: 'Tell the simulated time.',
    responses: { 200: clockSchema },
  })
  read(): z.infer<typeof clockSchema> {
    return { now: this.clock.now().toISOString() };
  }

  @Post('advance')
  @HttpCode(200)
  @ApiRoute({
    tag: 'simulation',
    summary: 'Move the simulated time forward; what falls due is done before the answer.',
    responses: { 200: clockSchema },
  })
  async advance(
    @Body({ schema: advanceSchema }) { by }: z.infer<typeof advanceSchema>,
  ): Promise<z.infer<typeof clockSchema>> {
    if (!(this.clock instanceof SimulatedClock)) throw new Error('The clock is not simulated');
    this.clock.advance(by);
    await this.jobs.runDue();
    return this.read();
  }
}

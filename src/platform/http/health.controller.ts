import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

import { Public } from './access.js';
import { ApiRoute } from './api-route.js';
import { HealthChecks, type ReadinessReport } from './health.js';
import { Metrics } from './metrics.js';

const liveSchema = z.strictObject({ status: z.literal('live') });
const readySchema = z.strictObject({
  status: z.enum(['ready', 'not_ready', 'draining']),
  failing: z.array(z.string()).meta({ description: 'Names of the parts that do not work.' }),
  degraded: z
    .array(z.string())
    .meta({ description: 'Names of shared parts that do not work; requests are served without.' }),
});

/** For whoever runs the service: no token, no personal data. */
@Controller()
@Public()
export class HealthController {
  constructor(
    private readonly checks: HealthChecks,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @ApiRoute({
    tag: 'operation',
    summary: 'Say whether the process runs.',
    responses: { 200: liveSchema },
  })
  live(): z.infer<typeof liveSchema> {
    return { status: 'live' };
  }

  @Get('health/ready')
  @ApiRoute({
    tag: 'operation',
    summary: 'Say whether requests can be served: database, seal lag, job queue, key store.',
    responses: { 200: readySchema, 503: readySchema },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.checks.readiness();
    if (report.status !== 'ready') reply.code(HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }

  @Get('metrics')
  @ApiRoute({
    tag: 'operation',
    summary: 'List the figures of this process in the Prometheus text format.',
    responses: { 200: 'Prometheus text format.' },
  })
  async figures(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    reply.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}

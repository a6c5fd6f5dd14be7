import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';

import { ApiRoute, Config, platformProblems, Public } from '../platform/index.js';
import { DevOutbox, type OutboxItem } from './dev-outbox.js';

const outboxQuerySchema = z.strictObject({
  destination: z.string().max(254).optional().describe('E.164 number or mailbox; all where absent'),
});

const outboxSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.uuid(),
        channel: z.enum(['sms', 'email', 'team']),
        destination: z.string(),
        text: z.string(),
        deliveredAt: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'Outbox' });

/** Looks at the phone: what recipients got, in development on a loopback address only. */
@Controller('dev/outbox')
@Public()
export class DevOutboxController {
  constructor(
    private readonly config: Config,
    private readonly outbox: DevOutbox,
  ) {}

  @Get()
  @ApiRoute({
    summary: 'List the messages that the development outbox received, newest first',
    responses: { 200: outboxSchema },
    problems: ['route.unknown'],
  })
  async list(
    @Query({ schema: outboxQuerySchema }) { destination }: z.infer<typeof outboxQuerySchema>,
  ): Promise<{ items: readonly OutboxItem[] }> {
    if (!this.config.devRoutes) throw platformProblems['route.unknown']();
    return { items: await this.outbox.list(destination) };
  }
}

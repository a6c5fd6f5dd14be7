import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';

import { AccessCheck } from './access-check.js';
import { AccountLimitGuard } from './account-limit.js';
import { ActorGuard } from './actor.guard.js';
import { DocsController } from './docs.controller.js';
import { HealthChecks } from './health.js';
import { HealthController } from './health.controller.js';
import { createInputPipe } from './input.pipe.js';
import { Metrics } from './metrics.js';
import { OpenApi } from './openapi.js';
import { OriginCounter, OriginLimitGuard } from './origin-limits.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestCounter, RequestLimits } from './request-limits.js';

/** The door: who asks, in what form, and how errors are told. Global, so that it holds for every route. */
@Module({
  imports: [DiscoveryModule],
  controllers: [HealthController, DocsController],
  providers: [
    AccessCheck,
    HealthChecks,
    Metrics,
    OpenApi,
    OriginCounter,
    RequestCounter,
    { provide: RequestLimits, useFactory: () => new RequestLimits() },
    { provide: APP_FILTER, useClass: ProblemFilter },
    // In this order: guessing tokens is limited too, and an account is known by its token.
    { provide: APP_GUARD, useClass: OriginLimitGuard },
    { provide: APP_GUARD, useClass: ActorGuard },
    { provide: APP_GUARD, useClass: AccountLimitGuard },
    { provide: APP_PIPE, useFactory: createInputPipe },
  ],
  exports: [HealthChecks, Metrics, OpenApi, OriginCounter, RequestLimits],
})
export class HttpModule {}

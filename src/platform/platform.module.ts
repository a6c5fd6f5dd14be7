import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';

import { Clock, SystemClock } from './clock.js';
import { Config, type DatabaseUrls } from './config.js';
import { Connections, DatabaseModule } from './database.module.js';
import { HttpModule } from './http/http.module.js';
import { ServiceLog } from './http/service-log.js';
import { IdSource, SystemIdSource } from './ids.js';
import { KeyStore } from './key-store.port.js';
import { PersonKeyring } from './person-keyring.js';
import { RateLimiter } from './rate-limit.js';
import { RateLimitSweep } from './rate-limit-sweep.js';
import { PlatformHealth } from './platform-health.js';
import { Readiness } from './readiness.js';
import { SimulationController } from './simulation.controller.js';

/** What one process is made of, before the first module stands. */
export interface PlatformParts {
  readonly config: Config;
  readonly urls: DatabaseUrls;
  readonly keys: KeyStore;
  /** The machine's clock where absent. */
  readonly clock?: Clock;
  readonly ids?: IdSource;
  /** JSON lines on standard output where absent. */
  readonly log?: ServiceLog;
}

/**
 * Hands every context the configuration, the clock, ids, keys and the connections. It must be the
 * first import of the application: Nest shuts global modules down from the last to the first, and
 * the connections end when everybody else has stopped.
 */
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(private readonly connections: Connections) {}

  async onApplicationShutdown(): Promise<void> {
    await this.connections.end();
  }

  static forRoot(parts: PlatformParts): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      imports: [DatabaseModule.forRoot(parts.config, parts.urls), HttpModule],
      controllers: parts.config.simulation ? [SimulationController] : [],
      providers: [
        Readiness,
        PlatformHealth,
        RateLimitSweep,
        { provide: Config, useValue: parts.config },
        { provide: Clock, useValue: parts.clock ?? new SystemClock() },
        { provide: IdSource, useValue: parts.ids ?? new SystemIdSource() },
        { provide: KeyStore, useValue: parts.keys },
        {
          provide: ServiceLog,
          useValue: parts.log ?? new ServiceLog({ level: parts.config.logLevel }),
        },
        {
          provide: PersonKeyring,
          inject: [KeyStore, IdSource],
          useFactory: (keys: KeyStore, ids: IdSource) => new PersonKeyring(keys, ids),
        },
        {
          provide: RateLimiter,
          inject: [KeyStore],
          useFactory: (keys: KeyStore) => new RateLimiter(keys),
        },
      ],
      exports: [
        HttpModule,
        Readiness,
        Config,
        Clock,
        IdSource,
        KeyStore,
        ServiceLog,
        PersonKeyring,
        RateLimiter,
      ],
    };
  }
}

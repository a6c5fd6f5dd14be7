import { hostname } from 'node:os';

import {
  type BeforeApplicationShutdown,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { type Config, type IdSource, serviceActor } from '../platform/index.js';
import type { AuditedTransaction } from './audited-transaction.js';
import { loggingStarted, loggingStopped } from './ledger.events.js';
import { committed } from './outcome.js';
import { sha256 } from './tree/index.js';

/**
 * Records that this process began and ended recording (PCI DSS v4.0.1 10.2.1.6). There is no pause:
 * where no event can be written, no work is done. A process that is killed cannot say so; the next
 * one to start at its place shows it.
 */
export class LoggingRecord implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('LoggingRecord');
  readonly #processId: string;
  readonly #place: string | null;

  constructor(
    private readonly audited: AuditedTransaction,
    private readonly ids: IdSource,
    { host, port }: Config,
  ) {
    this.#processId = ids.random();
    // A port that the system chooses says nothing about who listened before.
    this.#place = port === 0 ? null : sha256(`${hostname()} ${host} ${port}`).toString('hex');
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#record(loggingStarted);
  }

  /** Called when requests have been drained. A database that is gone keeps nothing from ending. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#record(loggingStopped).catch((error: unknown) => {
      this.#logger.warn(`The end of logging is not recorded: ${String(error)}`);
    });
  }

  async #record(event: typeof loggingStarted | typeof loggingStopped): Promise<void> {
    const resource = { kind: 'process', id: this.#processId };
    const draft = event({ resource, detail: { place: this.#place } });
    await this.audited.run(serviceActor('logging', this.ids.random()), () =>
      Promise.resolve(committed({}, draft)),
    );
  }
}

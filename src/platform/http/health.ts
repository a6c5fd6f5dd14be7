import { Injectable } from '@nestjs/common';

import { Readiness } from '../readiness.js';

/** Says whether one part works now; a false or a rejection means it does not. */
export type HealthCheck = () => Promise<boolean>;

const checkMillisecondsMax = 2_000;

export interface ReadinessReport {
  readonly status: 'ready' | 'not_ready' | 'draining';
  /** Names of the parts that do not work. */
  readonly failing: readonly string[];
  /** Names of the parts without which requests are served all the same, less well. */
  readonly degraded: readonly string[];
}

/** What `/health/ready` asks: each context registers the parts it depends on. */
@Injectable()
export class HealthChecks {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #advisory = new Map<string, HealthCheck>();

  constructor(private readonly drain: Readiness) {}

  /** @throws Error where the name is taken. */
  register(name: string, check: HealthCheck): void {
    if (this.#checks.has(name)) throw new Error(`Health check ${name} is registered twice`);
    this.#checks.set(name, check);
  }

  /**
   * Registers a part that all processes share and that none can do anything about: were each of them
   * not ready for it, nobody would be served at all.
   */
  advise(name: string, check: HealthCheck): void {
    this.#advisory.set(name, check);
  }

  async readiness(): Promise<ReadinessReport> {
    if (this.drain.isDraining) return { status: 'draining', failing: [], degraded: [] };
    const [failing, degraded] = await Promise.all([
      namesThatFail(this.#checks),
      namesThatFail(this.#advisory),
    ]);
    return { status: failing.length === 0 ? 'ready' : 'not_ready', failing, degraded };
  }
}

async function namesThatFail(checks: ReadonlyMap<string, HealthCheck>): Promise<readonly string[]> {
  const results = await Promise.all(
    [...checks].map(async ([name, check]) => ({ name, works: await withinTime(check) })),
  );
  return results.filter(({ works }) => !works).map(({ name }) => name);
}

/** A part that does not answer in time does not work. */
async function withinTime(check: HealthCheck): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), checkMillisecondsMax);
  try {
    return await Promise.race([check(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

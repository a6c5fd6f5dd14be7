import { Injectable } from '@nestjs/common';

import { Readiness } from '../readiness.js';

/** Says whether one part works now; a false or a rejection means it does not. */
export type HealthCheck = () => Promise<boolean>;

const checkMillisecondsMax = 2_000;

export interface ReadinessReport {
  readonly status: 'ready' | 'not_ready' | 'draining';
  /** Names of the parts that do not work. */
  readonly failing: readonly string[];
}

/** What `/health/ready` asks: each context registers the parts it depends on. */
@Injectable()
export class HealthChecks {
  readonly #checks = new Map<string, HealthCheck>();

  constructor(private readonly drain: Readiness) {}

  /** @throws Error where the name is taken. */
  register(name: string, check: HealthCheck): void {
    if (this.#checks.has(name)) throw new Error(`Health check ${name} is registered twice`);
    this.#checks.set(name, check);
  }

  async readiness(): Promise<ReadinessReport> {
    if (this.drain.isDraining) return { status: 'draining', failing: [] };
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => ({ name, works: await withinTime(check) })),
    );
    const failing = results.filter(({ works }) => !works).map(({ name }) => name);
    return { status: failing.length === 0 ? 'ready' : 'not_ready', failing };
  }
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

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { LedgerVerification } from '../../src/ledger/index.js';
import { FileKeyStore, loadConfig, openDatabase } from '../../src/platform/index.js';
import { type Progress, SoakedLog } from './soaked-log.js';
import { SoakedProcess } from './soaked-process.js';

export interface SoakPlan {
  readonly events: number;
  readonly processes: number;
  readonly kills: {
    /** Of the process whose sealer is active, in the midst of the work. */
    readonly sealers: number;
    /** Of the same when everything is sealed and nobody writes any more. */
    readonly quietSealers: number;
    /** Of another process, in the midst of its work. */
    readonly writers: number;
    /** Of the database server, which is then started again. */
    readonly database: number;
  };
  /** What Node is started with for one process, the program's path last. */
  readonly program: readonly string[];
  readonly onProgress?: (sentence: string) => void;
}

/** A kill that has happened, and how long the log took to get over it. */
export interface Disturbance {
  readonly killed: 'sealer' | 'quiet sealer' | 'writer' | 'database';
  /** From the kill until an event that was committed after it had its place in the log. */
  readonly resumedMilliseconds: number;
  /** From the kill until a checkpoint covered that event and hardly anything waited. */
  readonly recoveredMilliseconds: number;
  readonly backlogMax: number;
}

/** What came of it; every list of the lost and the doubled must be empty. */
export interface Soaked {
  readonly acknowledged: number;
  readonly recorded: number;
  readonly entries: number;
  /** Acknowledged, and not in the log. */
  readonly lost: readonly string[];
  /** Recorded and committed, and not in the log. */
  readonly unsealed: number;
  readonly sealedTwice: number;
  /** As many as were planned: where one could not be made, the soak fails. */
  readonly disturbances: readonly Disturbance[];
  readonly rollbacks: number;
  readonly refusals: number;
  readonly longTransactions: number;
  readonly lagMillisecondsP99: number;
  /** From the last event's commit to the checkpoint that covers everything. */
  readonly settleMilliseconds: number;
  readonly rssMegabytesMax: number;
  readonly seconds: number;
  readonly faults: readonly string[];
  readonly verification: LedgerVerification;
}

/** Within this the log recovers from whatever befalls it, or the soak fails. */
const recoveryMillisecondsMax = 60_000;
/** What waits for the sealer while it keeps up. */
const backlogEventsCalm = 500;
const pollMilliseconds = 20;

/** Lets processes write and seal while they, and the database, are killed under one another. */
export async function soak(plan: SoakPlan): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), 'probity-soak-'));
  const database = await openDatabase(loadConfig({ PROBITY_DATA_DIR: folder }), { mode: 'own' });
  const directory = join(folder, 'keys');
  const memoryPath = join(folder, 'last-signed');
  try {
    // Made before the processes start: each would make its own keys.
    const keys = await FileKeyStore.open({ directory, masterKey: null, production: false });
    const log = await SoakedLog.open({ database, keys, memoryPath });
    const task = {
      appUrl: database.urls.app.reveal(),
      sealerUrl: database.urls.sealer.reveal(),
      keysDirectory: directory,
      memoryPath,
    };
    const run = new SoakRun(
      plan,
      log,
      (events) => new SoakedProcess(plan.program, { ...task, events }),
    );
    try {
      return await run.soak();
    } finally {
      await run.close();
      await log.close();
    }
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class SoakRun {
  readonly #all: SoakedProcess[] = [];
  readonly #disturbances: Disturbance[] = [];
  #running: SoakedProcess[] = [];

  constructor(
    private readonly plan: SoakPlan,
    private readonly log: SoakedLog,
    private readonly newProcess: (events: number) => SoakedProcess,
  ) {}

  async soak(): Promise<Soaked> {
    const started = performance.now();
    const { processes, events, kills } = this.plan;
    this.#running = Array.from({ length: processes }, () =>
      this.#start(Math.ceil(events / processes)),
    );
    await this.#disturbWork();
    await this.#until(() => this.#running.every(({ isDone }) => isDone), Infinity);
    const settleMilliseconds = await this.#settle();
    for (let quiet = 0; quiet < kills.quietSealers; quiet += 1) await this.#disturbQuiet();
    await this.#settle();
    await Promise.all(this.#running.map((one) => one.kill()));
    const acknowledged = this.#all.flatMap((one) => one.acknowledged);
    return {
      ...(await this.log.count([...acknowledged, ...this.log.acknowledged])),
      disturbances: this.#disturbances,
      rollbacks: this.#sum((one) => one.rollbacks),
      refusals: this.#sum((one) => one.refusals),
      longTransactions: this.#sum((one) => one.longTransactions),
      lagMillisecondsP99: Math.max(...this.#running.map((one) => one.lagMillisecondsP99)),
      settleMilliseconds,
      rssMegabytesMax: Math.max(...this.#all.map((one) => one.rssMegabytesMax)),
      seconds: Math.round((performance.now() - started) / 1000),
      faults: this.#all.flatMap(({ faults }) => faults),
      verification: await this.log.verify(),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((one) => one.kill()));
  }

  #start(events: number): SoakedProcess {
    const started = this.newProcess(events);
    this.#all.push(started);
    return started;
  }

  /** The kills, spread evenly over the work, the kinds in turn. */
  async #disturbWork(): Promise<void> {
    const { sealers, writers, database } = this.plan.kills;
    const kinds = [
      ...Array.from({ length: sealers }, (_, n) => [(n + 0.5) / sealers, 'sealer'] as const),
      ...Array.from({ length: writers }, (_, n) => [(n + 0.4) / writers, 'writer'] as const),
      ...Array.from({ length: database }, (_, n) => [(n + 0.6) / database, 'database'] as const),
    ].sort(([one], [other]) => one - other);
    for (const [share, kind] of kinds) {
      const due = this.plan.events * share;
      await this.#until(() => this.#acknowledged() >= due, Infinity);
      const killedAt = kind === 'database' ? await this.#killDatabase() : await this.#kill(kind);
      await this.#recover(kind, killedAt);
    }
  }

  /** Nothing but the marks is written, and no process starts before the take-over is measured. */
  async #disturbQuiet(): Promise<void> {
    const { place, victim } = await this.#find('sealer');
    const killedAt = performance.now();
    await victim.kill();
    await this.#recover('quiet sealer', killedAt);
    this.#running[place] = this.#start(0);
    await this.#until(() => this.#running[place]?.isDone === true, recoveryMillisecondsMax);
  }

  /** Whoever takes its place has only its open work left to do. @returns the time of death */
  async #kill(kind: 'sealer' | 'writer'): Promise<number> {
    const { place, victim } = await this.#find(kind);
    const killedAt = performance.now();
    await victim.kill();
    this.#running[place] = this.#start(victim.eventsLeft);
    return killedAt;
  }

  /** The process whose session holds the lock, or the one of the others that has most to write. */
  async #find(kind: 'sealer' | 'writer'): Promise<{ place: number; victim: SoakedProcess }> {
    let victim: SoakedProcess | undefined;
    await this.#until(async () => {
      const active = await this.log.activeSealer();
      const isActive = ({ pid }: SoakedProcess): boolean => pid === active;
      const [writer] = this.#running
        .filter((one) => !isActive(one) && one.acknowledged.length > 0 && one.eventsLeft > 0)
        .sort((one, other) => other.eventsLeft - one.eventsLeft);
      victim = kind === 'sealer' ? this.#running.find(isActive) : writer;
      return victim !== undefined;
    }, recoveryMillisecondsMax);
    if (!victim) throw new Error(`No ${kind} is there to be killed`);
    return { place: this.#running.indexOf(victim), victim };
  }

  async #killDatabase(): Promise<number> {
    const before = await this.log.serverStartedAt();
    const killedAt = performance.now();
    await this.log.killServer();
    await this.#until(async () => {
      const startedAt = await this.log.serverStartedAt();
      return startedAt !== null && startedAt !== before;
    }, recoveryMillisecondsMax);
    return killedAt;
  }

  /** An event that is committed after a sealer's death can have its place from another only. */
  async #recover(killed: Disturbance['killed'], killedAt: number): Promise<void> {
    const mark = await this.log.mark(recoveryMillisecondsMax);
    let backlogMax = 0;
    const since = async (isReached: (progress: Progress) => boolean): Promise<number> => {
      await this.#until(async () => {
        const progress = await this.log.progress(mark);
        backlogMax = Math.max(backlogMax, progress?.backlog ?? 0);
        return progress !== null && isReached(progress);
      }, recoveryMillisecondsMax);
      return Math.round(performance.now() - killedAt);
    };
    const resumedMilliseconds = await since(({ leafIndex }) => leafIndex !== null);
    const recoveredMilliseconds = await since(
      ({ leafIndex, covered, backlog }) =>
        leafIndex !== null && covered > leafIndex && backlog <= backlogEventsCalm,
    );
    this.#disturbances.push({ killed, resumedMilliseconds, recoveredMilliseconds, backlogMax });
    this.plan.onProgress?.(
      `${this.#acknowledged()} acknowledged; killed a ${killed}: sealed again after ` +
        `${resumedMilliseconds} ms, recovered after ${recoveredMilliseconds} ms, ` +
        `at most ${backlogMax} waited`,
    );
  }

  async #settle(): Promise<number> {
    const started = performance.now();
    await this.#until(() => this.log.isSettled(), recoveryMillisecondsMax);
    return Math.round(performance.now() - started);
  }

  #acknowledged(): number {
    return this.#sum((one) => one.acknowledged.length);
  }

  #sum(count: (one: SoakedProcess) => number): number {
    return this.#all.reduce((total, one) => total + count(one), 0);
  }

  async #until(
    condition: () => boolean | Promise<boolean>,
    millisecondsMax: number,
  ): Promise<void> {
    const deadline = performance.now() + millisecondsMax;
    while (!(await condition())) {
      if (this.#running.some(({ hasFailed }) => hasFailed))
        throw new Error('A process ended that nobody had killed');
      if (performance.now() > deadline) throw new Error(`Waited in vain: ${this.#describe()}`);
      await sleep(pollMilliseconds);
    }
  }

  #describe(): string {
    return this.#running
      .map(
        ({ state, acknowledged, faults }) =>
          `${state} ${acknowledged.length} ${faults.at(-1) ?? ''}`,
      )
      .join('; ');
  }
}

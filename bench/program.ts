import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const readyPollMilliseconds = 20;
const readyMillisecondsMax = 60_000;

/** One program of the benchmark, in a process of its own. */
export interface Program {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts the built service on a free port and waits until it is ready. */
export async function startService(env: Record<string, string>): Promise<Program> {
  const port = String(20_000 + Math.floor(Math.random() * 20_000));
  const url = `http://127.0.0.1:${port}`;
  const child = start(['../src/main.js'], { ...env, PORT: port });
  for (let waited = 0; waited < readyMillisecondsMax; waited += readyPollMilliseconds) {
    if (child.exitCode !== null) throw new Error('The service ended before it was ready');
    const ready = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return programOf(child, url);
    await sleep(readyPollMilliseconds);
  }
  throw new Error('The service did not become ready');
}

/** Starts a program of the benchmark that prints its address. */
export async function startProgram(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Program> {
  const child = start(args, env);
  if (!child.stdout) throw new Error('The program has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('http://')) return programOf(child, line);
  }
  throw new Error('The program ended before it listened');
}

function start([file = '', ...args]: readonly string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function programOf(child: ChildProcess, url: string): Program {
  child.stdout?.resume();
  return {
    url,
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

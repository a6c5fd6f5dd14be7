import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const readyPollMilliseconds = 200;
const readyPollsMax = 300;

/** The instance that the demo plays against. */
export interface Instance {
  readonly url: string;
  /** What a tool needs in its environment to find the same database and keys. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The running service where there is one, else one of the demo's own that vanishes afterwards. */
export async function findInstance(url: string): Promise<Instance> {
  if (await isReady(url)) return { url, environment: {}, stop: () => Promise.resolve() };
  return startOwn();
}

async function startOwn(): Promise<Instance> {
  const port = String(await freePort());
  const dataDirectory = await mkdtemp(join(tmpdir(), 'probity-demo-'));
  const environment = { PROBITY_DATA_DIR: dataDirectory };
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.js')], {
    env: { ...process.env, ...environment, PORT: port, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  for (let polls = 0; !(await isReady(url)); polls += 1) {
    if (child.exitCode !== null || polls > readyPollsMax) {
      throw new Error('The demo’s own instance did not become ready');
    }
    await sleep(readyPollMilliseconds);
  }
  return {
    url,
    environment,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || !address) throw new Error('No free port');
  return address.port;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { codeOf } from '../error-code.js';
import { serverEnvironment, type Cluster } from './cluster.js';

const host = '127.0.0.1';
const pollMilliseconds = 20;
/** Recovery after a crash replays at most `max_wal_size`; a slow disk needs its time. */
const startMillisecondsMax = 120_000;
const stopMillisecondsMax = 30_000;
const startAttemptsMax = 5;
const logBytesMax = 10_000_000;

/** A running server, as its `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly state: 'ready' | 'starting' | 'stopping';
}

export interface ServerSettings {
  readonly [name: string]: string;
}

/** Finds the server that runs on this cluster, whoever started it; null where there is none. */
export async function findPostmaster(directory: string): Promise<Postmaster | null> {
  const file = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => null);
  if (file === null) return null;
  // Lines: pid, data directory, start time, port, socket folder, address, shared memory, state.
  const lines = file.split('\n').map((line) => line.trim());
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isSafeInteger(pid) || pid === 0 || !isServerOf(directory, pid)) return null;
  const state = lines[7];
  return {
    pid,
    port: Number(lines[3]),
    state: state === 'ready' || state === 'stopping' ? state : 'starting',
  };
}

/** A number can be reused after a reboot or in a new container: only the right process counts. */
function isServerOf(directory: string, pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(directory);
  } catch {
    // Another account's process hides its folder; its name still tells.
    return processName(pid) === 'postgres' && !isDefunct(pid);
  }
}

function processName(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}

/** An exited process that nobody has collected yet (a container without an init). */
function isDefunct(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

/**
 * Answers the server of this cluster: the one that runs, or a new one in a session of its own, so
 * that Ctrl-C in the terminal does not reach it before the service has drained. A preferred port is
 * given up last: backends of a killed server hold its memory for a moment, and the first tries fail.
 *
 * @throws Error with the end of the server's log where it does not start.
 */
export async function ensurePostmaster(
  cluster: Cluster,
  settings: ServerSettings,
  preferredPort?: number,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    const running = await findPostmaster(cluster.directory);
    const ready = await (running === null
      ? startPostmaster(cluster, settings, attempt < startAttemptsMax ? preferredPort : undefined)
      : waitUntilReady(cluster.directory, running.pid));
    if (ready !== null) return ready;
    if (attempt === startAttemptsMax) {
      throw new Error(
        `PostgreSQL does not start in ${cluster.directory}. The end of its log:\n${await readLogEnd(cluster)}`,
      );
    }
    await sleep(attempt * 200);
  }
}

async function startPostmaster(
  cluster: Cluster,
  settings: ServerSettings,
  port: number | undefined,
): Promise<Postmaster | null> {
  // Nothing runs on this cluster, so a file left behind can only mislead the server's own check.
  await rm(join(cluster.directory, 'postmaster.pid'), { force: true });
  const options = { ...settings, listen_addresses: host, unix_socket_directories: '' };
  const log = await openLog(cluster);
  try {
    const child = spawn(
      join(cluster.binaries.directory, 'bin/postgres'),
      [
        ...['-D', cluster.directory, '-p', String(port ?? (await findFreePort()))],
        ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      {
        cwd: '/',
        env: serverEnvironment,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        ...cluster.user,
      },
    );
    child.unref();
    const { pid } = await spawned(child);
    return await waitUntilReady(cluster.directory, pid, child);
  } finally {
    await log.close();
  }
}

async function spawned(child: ChildProcess): Promise<{ pid: number }> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  if (child.pid === undefined) throw new Error('PostgreSQL was started without a process id');
  return { pid: child.pid };
}

/** Null where the process ended first: a port was taken, or another server won the cluster. */
async function waitUntilReady(
  directory: string,
  pid: number,
  child?: ChildProcess,
): Promise<Postmaster | null> {
  const deadline = Date.now() + startMillisecondsMax;
  while (Date.now() < deadline) {
    const found = await findPostmaster(directory);
    if (found?.pid === pid && found.state === 'ready') return found;
    const ended =
      child === undefined
        ? found?.pid !== pid
        : child.exitCode !== null || child.signalCode !== null;
    if (ended) return null;
    await sleep(pollMilliseconds);
  }
  throw new Error(
    `PostgreSQL in ${directory} was not ready after ${startMillisecondsMax / 1000} s`,
  );
}

/**
 * Stops the server of this cluster: "fast" (connections are closed, a checkpoint is written), and
 * "immediate" where that does not end; the next start then recovers from the log.
 */
export async function stopPostmaster(directory: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const running = await findPostmaster(directory);
    if (running === null) return;
    try {
      process.kill(running.pid, signal);
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
    if (await hasEnded(directory, running.pid)) return;
  }
  throw new Error(`PostgreSQL in ${directory} does not stop`);
}

async function hasEnded(directory: string, pid: number): Promise<boolean> {
  const deadline = Date.now() + stopMillisecondsMax;
  while (Date.now() < deadline) {
    if ((await findPostmaster(directory))?.pid !== pid && !isServerOf(directory, pid)) return true;
    await sleep(pollMilliseconds);
  }
  return false;
}

async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('No free port'));
        else resolve(address.port);
      });
    });
  });
}

function logPath(cluster: Cluster): string {
  return join(cluster.home, 'postgres.log');
}

async function openLog(cluster: Cluster) {
  const path = logPath(cluster);
  const found = await stat(path).catch(() => null);
  if (found !== null && found.size > logBytesMax) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

async function readLogEnd(cluster: Cluster): Promise<string> {
  const text = await readFile(logPath(cluster), 'utf8').catch(() => '(no log)');
  return text.trimEnd().split('\n').slice(-12).join('\n');
}

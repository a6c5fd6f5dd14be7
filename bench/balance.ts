import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import autocannon from 'autocannon';

import { type Program, startProgram, startService } from './program.js';

const connections = 32;
const warmUpSeconds = 2;
const measureSeconds = 6;
const codePollMilliseconds = 20;
const codeMillisecondsMax = 60_000;

interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * Measures `GET /v1/accounts/{id}/balance` through the whole gate (token, session, bank, authority,
 * audit event, receipt) against a bare Fastify handler that runs the same statements in the same
 * transaction, and against the bank's SELECT alone; and how long the service takes from start to
 * ready on an existing data directory.
 */
export async function runBalanceBench(): Promise<Record<string, number | string>> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'probity-bench-'));
  const env = { PROBITY_DATA_DIR: dataDirectory, LOG_LEVEL: 'warn' };
  try {
    await (await startService(env)).stop();
    const began = performance.now();
    const service = await startService(env);
    const readyMilliseconds = performance.now() - began;
    try {
      return {
        ...(await measure(service, env)),
        'start to ready, ms': Math.round(readyMilliseconds),
      };
    } finally {
      await service.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function measure(
  service: Program,
  env: Record<string, string>,
): Promise<Record<string, number | string>> {
  const jane = await verifiedJane(service.url);
  const path = `/v1/accounts/${jane.accountId}/balance`;
  const headers = { authorization: `Bearer ${jane.token}`, 'probity-purpose': 'balance-inquiry' };
  await fetch(service.url + path, { headers });
  const bare = await startProgram(
    ['bare-server.js', '100001', jane.accountId, sessionOf(jane.token)],
    env,
  );
  try {
    const gate = await load(service.url + path, headers);
    const same = await load(`${bare.url}/same`);
    const select = await load(`${bare.url}/select`);
    return {
      'gate, requests/s': Math.round(gate.perSecond),
      'same statements, requests/s': Math.round(same.perSecond),
      'bare SELECT, requests/s': Math.round(select.perSecond),
      'gate / same statements': ratio(gate, same),
      'gate / bare SELECT': ratio(gate, select),
      'gate p50, ms': gate.p50,
      'gate p99, ms': gate.p99,
      'same statements p99, ms': same.p99,
      'service RSS, MB': await residentMegabytes(service.pid),
    };
  } finally {
    await bare.stop();
  }
}

function ratio(a: Load, b: Load): number {
  return Math.round((a.perSecond / b.perSecond) * 100) / 100;
}

async function load(url: string, headers: Record<string, string> = {}): Promise<Load> {
  await autocannon({ url, headers, connections, duration: warmUpSeconds });
  const result = await autocannon({ url, headers, connections, duration: measureSeconds });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(
      `${String(result.non2xx)} refusals and ${String(result.errors)} errors at ${url}`,
    );
  }
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

/** Jane at `aal2`, as the README's dialogue brings her there. */
async function verifiedJane(base: string): Promise<{ token: string; accountId: string }> {
  const call = async (path: string, token: string | null, body?: object): Promise<Json> => {
    const response = await fetch(base + path, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        'probity-purpose': 'balance-inquiry',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await response.json()) as Json;
  };
  const signIn = { customerNumber: '100001', passcode: '246810' };
  const session = await call('/v1/customer-sessions', null, signIn);
  const challenge = await call('/v1/challenges', session.accessToken, {
    method: 'sms',
    purpose: 'balance-inquiry',
  });
  const code = await newestCode(call);
  const verified = await call(`/v1/challenges/${challenge.id}/attempts`, session.accessToken, {
    code,
  });
  const accounts = await call('/v1/accounts', verified.accessToken);
  return { token: verified.accessToken, accountId: accounts.items[0]?.id ?? '' };
}

interface Json {
  readonly accessToken: string;
  readonly id: string;
  readonly items: readonly { readonly id: string; readonly text: string }[];
}

async function newestCode(call: (path: string, token: null) => Promise<Json>): Promise<string> {
  for (let waited = 0; waited < codeMillisecondsMax; waited += codePollMilliseconds) {
    const { items } = await call('/dev/outbox?destination=%2B14155550134', null);
    const code = /\b(\d{6})\b/.exec(items[0]?.text ?? '')?.[1];
    if (code) return code;
    await sleep(codePollMilliseconds);
  }
  throw new Error('No code arrived');
}

function sessionOf(token: string): string {
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: string };
  return claims.sid;
}

/** Resident set of a process in MB; Linux tells it in kilobytes. */
async function residentMegabytes(pid: number): Promise<number | string> {
  const kilobytesPerMegabyte = 1024;
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes ? Math.round(Number(kilobytes) / kilobytesPerMegabyte) : 'not known here';
}

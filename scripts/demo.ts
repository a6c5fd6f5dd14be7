import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generate } from 'otplib';

/** Plays the dialogues against a running instance, or against one of its own, and prints them. */

type Json = Record<string, unknown> & { code?: string };
interface Reply {
  readonly status: number;
  readonly body: Json;
}

class Bank {
  constructor(private readonly base: string) {}

  async call(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith('{') ? (JSON.parse(text) as Json) : { text },
    };
  }

  async text(path: string): Promise<string> {
    return (await fetch(this.base + path)).text();
  }
}

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};
const title = (text: string): void => {
  say();
  say(`── ${text} ${'─'.repeat(Math.max(0, 74 - text.length))}`);
};

function pick(body: Json, path: string): string {
  let value: unknown = body;
  for (const key of path.split('.')) value = (value as Json | undefined)?.[key];
  if (typeof value !== 'string') throw new Error(`No ${path} in ${JSON.stringify(body)}`);
  return value;
}

function expectStatus(reply: Reply, status: number): Json {
  if (reply.status === status) return reply.body;
  throw new Error(
    `Expected ${String(status)}, got ${String(reply.status)}: ${JSON.stringify(reply.body)}`,
  );
}

async function signIn(bank: Bank, customerNumber: string, passcode: string): Promise<string> {
  const reply = await bank.call('POST', '/v1/customer-sessions', {
    body: { customerNumber, passcode },
  });
  return pick(expectStatus(reply, 201), 'accessToken');
}

async function converse(bank: Bank, token?: string): Promise<{ id: string; token: string }> {
  const body = expectStatus(
    await bank.call('POST', '/v1/conversations', {
      body: { channel: 'chat' },
      ...(token === undefined ? {} : { token }),
    }),
    201,
  );
  return { id: pick(body, 'id'), token: token ?? pick(body, 'conversationToken') };
}

async function send(bank: Bank, to: { id: string; token: string }, text: string): Promise<Json> {
  say(`customer   ${text}`);
  const body = expectStatus(
    await bank.call('POST', `/v1/conversations/${to.id}/messages`, {
      token: to.token,
      body: { text },
    }),
    201,
  );
  say(`           [${pick(body, 'classification.intent')} → ${pick(body, 'outcome')}]`);
  for (const line of pick(body, 'reply.text').split('\n')) say(`probity    ${line}`);
  return body;
}

async function newestCode(bank: Bank, destination: string): Promise<string> {
  const waitMilliseconds = 100;
  for (let tries = 0; tries < 100; tries += 1) {
    const { body } = await bank.call(
      'GET',
      `/dev/outbox?destination=${encodeURIComponent(destination)}`,
    );
    const [newest] = body['items'] as { text: string }[];
    const code = newest && /\b(\d{6})\b/.exec(newest.text)?.[1];
    if (code) return code;
    await new Promise((resolve) => setTimeout(resolve, waitMilliseconds));
  }
  throw new Error(`No code arrived at ${destination}`);
}

async function playBalance(bank: Bank): Promise<void> {
  title('Jane asks for her balance and proves who she is');
  const chat = await converse(bank, await signIn(bank, '100001', '246810'));
  await send(bank, chat, "What's my current balance?");
  const code = await newestCode(bank, '+14155550134');
  const wrong = code === '000000' ? '000001' : '000000';
  await send(bank, chat, wrong);
  await send(bank, chat, wrong);
  await send(bank, chat, code);
  await send(bank, chat, code);
}

async function playFraud(bank: Bank): Promise<void> {
  title('A charge she did not make: the notice is taken at once, the card is blocked');
  const chat = await converse(bank, await signIn(bank, '100001', '246810'));
  await send(bank, chat, "I see a $500 charge I didn't make!");
  title('The same from a guest, who is told nothing');
  await send(bank, await converse(bank), "I see a $500 charge I didn't make!");
}

async function playDispute(bank: Bank): Promise<void> {
  title('A dispute with missing facts');
  const chat = await converse(bank, await signIn(bank, '100002', '135791'));
  await send(bank, chat, 'I want to dispute a charge on my statement');
}

async function staffToken(bank: Bank, role: string): Promise<string> {
  const { body } = await bank.call('GET', '/dev/staff');
  const staff = (body['items'] as { email: string; password: string; totpSecret: string }[]).find(
    ({ email }) => email === `${role}@probity.example`,
  );
  if (!staff) throw new Error(`No ${role} among the demo staff`);
  const first = await bank.call('POST', '/v1/staff-sessions', {
    body: { email: staff.email, password: staff.password },
  });
  const second = await bank.call('POST', '/v1/staff-sessions/mfa', {
    body: {
      mfaToken: pick(first.body, 'mfaToken'),
      code: await generate({ secret: staff.totpSecret }),
    },
  });
  return pick(expectStatus(second, 201), 'accessToken');
}

async function playCompliance(bank: Bank): Promise<void> {
  title('A compliance officer reads the trail');
  const token = await staffToken(bank, 'compliance');
  const events = await bank.call('GET', '/v1/ledger/events?limit=100', { token });
  for (const item of (expectStatus(events, 200)['items'] as Json[]).slice(0, 20)) {
    const index = typeof item['leafIndex'] === 'number' ? String(item['leafIndex']) : '·';
    say(`${index.padStart(6)}  ${String(item['type']).padEnd(38)} ${String(item['outcome'])}`);
  }
  const now = Date.now();
  const day = 86_400_000;
  const report = expectStatus(
    await bank.call('POST', '/v1/compliance/reports', {
      token,
      body: {
        standards: ['PCI-DSS', 'SOC2', 'GDPR'],
        period: { from: new Date(now - day).toISOString(), to: new Date(now + day).toISOString() },
        formats: ['json', 'csv'],
      },
    }),
    202,
  );
  const waitMilliseconds = 200;
  for (let tries = 0; tries < 50; tries += 1) {
    const { body } = await bank.call('GET', `/v1/compliance/reports/${pick(report, 'id')}`, {
      token,
    });
    if (body['state'] !== 'computing') break;
    await new Promise((resolve) => setTimeout(resolve, waitMilliseconds));
  }
  const csv = await bank.call('GET', `/v1/compliance/reports/${pick(report, 'id')}/files/csv`, {
    token,
  });
  say();
  say(String(csv.body['text']));
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}

async function isReady(base: string): Promise<boolean> {
  try {
    return (await fetch(`${base}/health/ready`)).ok;
  } catch {
    return false;
  }
}

interface Own {
  readonly base: string;
  stop(): Promise<void>;
}

async function startOwn(): Promise<Own> {
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'probity-demo-'));
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, '../src/main.js')],
    {
      env: { ...process.env, PORT: String(port), PROBITY_DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const base = `http://127.0.0.1:${String(port)}`;
  const waitMilliseconds = 200;
  for (let tries = 0; tries < 300 && !(await isReady(base)); tries += 1) {
    if (child.exitCode !== null) throw new Error('The demo instance ended before it was ready');
    await new Promise((resolve) => setTimeout(resolve, waitMilliseconds));
  }
  return {
    base,
    stop: async () => {
      await new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function main(): Promise<void> {
  const running = process.argv[2] ?? 'http://127.0.0.1:3000';
  const own = (await isReady(running)) ? null : await startOwn();
  const bank = new Bank(own?.base ?? running);
  try {
    await playBalance(bank);
    await playFraud(bank);
    await playDispute(bank);
    await playCompliance(bank);
    title('Anybody can check the log');
    say(await bank.text('/v1/ledger/keys'));
  } finally {
    await own?.stop();
  }
}

await main();

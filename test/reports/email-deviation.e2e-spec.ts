import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'otplib';

import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { installWith } from '../support/installation.js';
import { ask, type ServiceProcess, startServiceProcess } from '../support/service-process.js';

const jane = { customerNumber: '100001', passcode: '246810' };
const mailbox = 'jane.doe@example.com';
const day = 86_400_000;
const forBalance = { 'Probity-Purpose': 'balance-inquiry' };
const rule = 'assurance.intent.balance-inquiry';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the wire is untyped
type Wire = any;

// The whole way, as an institution would go it: one line of its own policy, a code to a mailbox, a
// balance that is shown for it, and the report that says so.
describe('An institution that accepts e-mail for balances', () => {
  let database: TestDatabase;
  let directory: string;
  let service: ServiceProcess;
  let officer: string;
  let token: string;

  beforeAll(async () => {
    database = await openTestDatabase();
    directory = await mkdtemp(join(tmpdir(), 'probity-email-'));
    const program = await installWith(join(directory, 'installation'), {
      file: 'assurance.yaml',
      from: `  - id: ${rule}\n`,
      to: `  - id: ${rule}\n    emailAccepted: true\n`,
    });
    const env = { ...database.env, LOG_LEVEL: 'warn' };
    service = await startServiceProcess(join(directory, 'data'), env, program);
    officer = await signInStaff('compliance');
    token = await provedByMail();
  }, 180_000);
  afterAll(async () => {
    await service.child.end('SIGTERM');
    await database.close();
    await rm(directory, { recursive: true, force: true });
  });

  const call = (path: string, options: Parameters<typeof ask>[1] = {}) =>
    ask<Wire>(service.url + path, options);

  async function eventually<Value>(look: () => Promise<Value | null | undefined>): Promise<Value> {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = await look();
      if (found !== null && found !== undefined) return found;
      await sleep(50);
    }
    throw new Error('What was waited for did not happen');
  }

  async function signInStaff(name: string): Promise<string> {
    const { items } = (await call('/dev/staff')).body as { items: Record<string, string>[] };
    const { email, password, totpSecret } = items.find((member) =>
      member['email']!.startsWith(`${name}@`),
    )!;
    const first = await call('/v1/staff-sessions', { body: { email, password } });
    const code = await generate({ secret: totpSecret! });
    const { mfaToken } = first.body as { mfaToken: string };
    const second = await call('/v1/staff-sessions/mfa', { body: { mfaToken, code } });
    return second.body.accessToken as string;
  }

  /** Jane's token after a code that reached her mailbox. */
  async function provedByMail(): Promise<string> {
    const { accessToken } = (await call('/v1/customer-sessions', { body: jane })).body;
    const asked = { method: 'email', purpose: 'balance-inquiry' };
    const { id } = (await call('/v1/challenges', { body: asked, token: accessToken })).body;
    const outbox = `/dev/outbox?destination=${encodeURIComponent(mailbox)}`;
    const code = await eventually(async () => {
      const { items } = (await call(outbox)).body;
      return /\b(\d{6})\b/.exec((items[0]?.text as string | undefined) ?? '')?.[1];
    });
    const attempt = { body: { code }, token: accessToken };
    const { status, body } = await call(`/v1/challenges/${id}/attempts`, attempt);
    expect([status, body.acr]).toEqual([200, 'aal1']);
    return body.accessToken as string;
  }

  async function reportFile(format: 'json' | 'csv'): Promise<Wire> {
    const period = {
      from: new Date(Date.now() - day).toISOString(),
      to: new Date(Date.now() + day).toISOString(),
    };
    const body = { standards: ['PCI-DSS', 'SOC2', 'GDPR'], period, formats: ['json', 'csv'] };
    const { id } = (await call('/v1/compliance/reports', { body, token: officer })).body;
    const path = `/v1/compliance/reports/${id}`;
    await eventually(async () => {
      const { state } = (await call(path, { token: officer })).body;
      return state === 'draft' ? state : null;
    });
    if (format === 'json') return (await call(`${path}/files/json`, { token: officer })).body;
    const headers = { authorization: `Bearer ${officer}` };
    return (await fetch(`${service.url}${path}/files/csv`, { headers })).text();
  }

  it('finds it in its reports though nobody used it yet', async () => {
    expect((await reportFile('json')).deviations).toEqual([
      {
        rule,
        from: expect.stringContaining('NIST SP 800-63B-4'),
        explanation: expect.any(String),
        inForce: true,
        uses: 0,
      },
    ]);
  });

  it('shows a balance for a code by mail, and each such balance counts in the report', async () => {
    const { items } = (await call('/v1/accounts', { token, headers: forBalance })).body;
    const balance = `/v1/accounts/${items[0].id as string}/balance`;
    expect((await call(balance, { token, headers: forBalance })).status).toBe(200);

    const permitted = await database.query<{ type: string }>(
      `SELECT type FROM audit_events
       WHERE event::jsonb #>> '{policy,rule}' = $1 AND outcome = 'success' ORDER BY id`,
      [rule],
    );
    expect(permitted.map(({ type }) => type)).toContain('account.balance_disclosed');
    const [deviation] = (await reportFile('json')).deviations;
    expect(deviation).toMatchObject({ rule, inForce: true, uses: permitted.length });
    expect(await reportFile('csv')).toContain(rule);
  });

  it('opens nothing else by it: transactions want a code by another way', async () => {
    const headers = { 'Probity-Purpose': 'transaction-history' };
    const { status, body } = await call('/v1/accounts', { token, headers });
    expect([status, body.code]).toEqual([401, 'assurance.insufficient']);
  });
});

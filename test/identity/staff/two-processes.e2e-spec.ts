import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'otplib';

import { openTestDatabase, type TestDatabase } from '../../support/database.js';
import { ask, type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { makeOpenFolder } from '../../support/temporary-folder.js';

// Two processes of the service on one database and one key store, as two instances run in production.

interface Staff {
  readonly email: string;
  readonly password: string;
  readonly totpSecret: string;
}

const effectiveMilliseconds = 2_000;
const redemptions = 50;

describe('staff on two processes', () => {
  let database: TestDatabase;
  let folder: string;
  let services: ServiceProcess[];
  let admin: string;

  beforeAll(async () => {
    database = await openTestDatabase();
    folder = await makeOpenFolder('probity-staff-');
    // The first makes the keys; the second finds them.
    services = [await startServiceProcess(folder, database.env)];
    services.push(await startServiceProcess(folder, database.env));
    admin = await signIn('admin', 0);
  }, 180_000);
  afterAll(async () => {
    await Promise.all(services.map(({ child }) => child.end('SIGKILL')));
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  const urlOf = (index: number): string => services[index]!.url;

  async function signIn(name: string, index: number): Promise<string> {
    const { body } = await ask<{ items: Staff[] }>(`${urlOf(index)}/dev/staff`);
    const { email, password, totpSecret } = body.items.find(
      (staff) => staff.email === `${name}@probity.example`,
    )!;
    const first = await ask<{ mfaToken: string }>(`${urlOf(index)}/v1/staff-sessions`, {
      body: { email, password },
    });
    const second = await ask<{ accessToken: string }>(`${urlOf(index)}/v1/staff-sessions/mfa`, {
      body: { mfaToken: first.body.mfaToken, code: await generate({ secret: totpSecret }) },
    });
    return second.body.accessToken;
  }

  async function idOf(name: string): Promise<string> {
    const { body } = await ask<{ items: { id: string; email: string }[] }>(`${urlOf(0)}/v1/staff`, {
      token: admin,
    });
    return body.items.find(({ email }) => email === `${name}@probity.example`)!.id;
  }

  /** Changes something on the first process. */
  async function change(method: string, path: string, body?: object): Promise<number> {
    const { status } = await fetch(`${urlOf(0)}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${admin}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return status;
  }

  /** What the second process answers once the change must have reached it. */
  async function later(token: string): Promise<number> {
    await sleep(effectiveMilliseconds);
    return (await ask(`${urlOf(1)}/v1/cases`, { token })).status;
  }

  it('obey roles that were changed, and a session that was revoked, on the other one', async () => {
    const lead = await signIn('lead', 1);
    const id = await idOf('lead');
    expect((await ask(`${urlOf(1)}/v1/cases`, { token: lead })).status).toBe(200);
    expect(await change('PUT', `/v1/staff/${id}/roles`, { roles: ['ops'] })).toBe(200);
    expect(await later(lead)).toBe(403);
    expect(await change('DELETE', `/v1/staff/${id}/sessions`)).toBe(200);
    expect(await later(lead)).toBe(401);
  });

  it('obey an account that was disabled on the other one', async () => {
    const agent = await signIn('agent', 1);
    const id = await idOf('agent');
    expect((await ask(`${urlOf(1)}/v1/cases`, { token: agent })).status).toBe(200);
    expect(await change('PUT', `/v1/staff/${id}/status`, { status: 'disabled' })).toBe(200);
    expect(await later(agent)).toBe(401);
  });

  it('redeem one link once, of fifty that come at the same time', async () => {
    const email = 'new.colleague@bank.example';
    expect(await change('POST', '/v1/staff', { email, roles: ['agent'] })).toBe(201);
    const token = await tokenFor(email);
    const body = { token, password: 'several ordinary words together' };
    const replies = await Promise.all(
      Array.from({ length: redemptions }, (_, index) =>
        ask<{ code?: string }>(`${urlOf(index % 2)}/v1/staff-enrolments`, { body }),
      ),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter((reply) => reply.body.code === 'staff.link_expired')).toHaveLength(
      redemptions - 1,
    );
    const begun = await database.query<{ count: string }>(
      `SELECT count(*) FROM audit_events WHERE type = 'staff.enrolment_begun'`,
    );
    expect(Number(begun[0]!.count)).toBe(1);
  }, 180_000);

  /** The token of the newest link that was sent to somebody. */
  async function tokenFor(email: string): Promise<string> {
    const path = `/dev/outbox?destination=${encodeURIComponent(email)}`;
    for (let tries = 0; tries < 100; tries += 1) {
      const { body } = await ask<{ items: { text: string }[] }>(urlOf(0) + path);
      const token = /#token=([\w-]+)/.exec(body.items[0]?.text ?? '')?.[1];
      if (token !== undefined) return token;
      await sleep(100);
    }
    throw new Error('No link arrived');
  }
});

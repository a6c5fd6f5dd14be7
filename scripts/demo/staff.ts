import { setTimeout as sleep } from 'node:timers/promises';

import { generate } from 'otplib';

import { type Client, expectStatus, pick } from './client.js';

interface DemoStaff {
  readonly email: string;
  readonly password: string;
  readonly totpSecret: string;
}

const stepMilliseconds = 30_000;

/** Signs a demo member of staff in with password and one-time code. */
export async function signInStaff(client: Client, name: string): Promise<string> {
  const { body } = await client.get('/dev/staff');
  const member = (body['items'] as DemoStaff[]).find(
    ({ email }) => email === `${name}@probity.example`,
  );
  if (!member) throw new Error(`There is no ${name} among the demo staff`);
  const first = await attempt(client, member);
  if (first) return first;
  // A code is accepted once: this one was used in the last half minute, the next step has another.
  await sleep(stepMilliseconds - (Date.now() % stepMilliseconds));
  const second = await attempt(client, member);
  if (!second) throw new Error(`${name} cannot sign in`);
  return second;
}

async function attempt(
  client: Client,
  { email, password, totpSecret }: DemoStaff,
): Promise<string | null> {
  const asked = await client.post('/v1/staff-sessions', { email, password });
  const mfaToken = pick(expectStatus(asked, 401), 'mfaToken');
  const code = await generate({ secret: totpSecret });
  const reply = await client.post('/v1/staff-sessions/mfa', { mfaToken, code });
  return reply.status === 201 ? pick(reply.body, 'accessToken') : null;
}

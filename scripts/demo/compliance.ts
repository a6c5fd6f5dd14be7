import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { type Client, expectStatus, type Json, pick } from './client.js';
import type { Instance } from './own-instance.js';
import { say, title } from './print.js';
import { signInStaff } from './staff.js';

const entriesShown = 40;
const dayMilliseconds = 86_400_000;

/** The officer lists what the ledger recorded, and fetches a report computed from it. */
export async function playCompliance(client: Client): Promise<void> {
  title('The compliance officer reads the newest entries of the ledger');
  const token = await signInStaff(client, 'compliance');
  const path = `/v1/ledger/events?limit=${String(entriesShown)}`;
  const { body } = await client.get(path, { token });
  for (const item of body['items'] as Json[]) {
    const index = typeof item['leafIndex'] === 'number' ? String(item['leafIndex']) : 'waiting';
    say(`${index.padStart(8)}  ${pick(item, 'type').padEnd(36)} ${pick(item, 'outcome')}`);
  }

  title('and fetches a report whose figures recompute from them');
  const now = Date.now();
  const requested = await client.post(
    '/v1/compliance/reports',
    {
      standards: ['PCI-DSS', 'SOC2', 'GDPR'],
      period: {
        from: new Date(now - dayMilliseconds).toISOString(),
        to: new Date(now + dayMilliseconds).toISOString(),
      },
      formats: ['csv'],
    },
    { token },
  );
  const report = `/v1/compliance/reports/${pick(expectStatus(requested, 202), 'id')}`;
  const csv = await client.eventually(async () => {
    const { status, text } = await client.get(`${report}/files/csv`, { token });
    return status === 200 ? text : null;
  });
  say(csv.trimEnd());
}

/** Recomputes every hash, link, root and signature, as anybody with the keys can. */
export async function verify({ environment }: Instance): Promise<void> {
  title('npm run ledger:verify -- --database');
  const program = join(import.meta.dirname, '../ledger-verify.js');
  const child = spawn(process.execPath, [program, '--database'], {
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  if (exitCode !== 0) throw new Error('The ledger did not verify');
}

import { describeDamage } from '../../src/ledger/index.js';
import { loadConfig, openDatabase, readEnvironment } from '../../src/platform/index.js';
import { verifyDatabase } from '../verify-database.js';
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
  title('What npm run ledger:verify -- --database says');
  const config = loadConfig({ ...readEnvironment(), ...environment });
  const database = await openDatabase(config, { mode: 'join' });
  try {
    const { treeSize, rootHash, isSound, damages } = await verifyDatabase(
      config,
      database.urls.reader,
    );
    say(`entries      ${String(treeSize)}`);
    say(`root hash    ${rootHash.toString('base64')}`);
    for (const damage of damages) say(`DAMAGE       ${describeDamage(damage)}`);
    if (!isSound) throw new Error('The ledger did not verify');
    say('The ledger is as it was written.');
  } finally {
    await database.close();
  }
}

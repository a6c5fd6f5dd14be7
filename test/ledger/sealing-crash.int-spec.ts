import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'pg';

import { CheckpointSigner, verifyLedger } from '../../src/ledger/index.js';
import { type Child, startChild } from '../support/child-process.js';
import { openLedger, origin, type LedgerFixture } from './ledger-fixture.js';

const writers = 4;
const eventsEach = 500;
const kills = 3;

/** Four writers that pause, roll back and hold transactions open, while sealers are killed under them. */
describe('sealing while processes die', () => {
  let ledger: LedgerFixture;
  let memory: string;
  const children: Child[] = [];

  beforeAll(async () => {
    ledger = await openLedger();
    memory = await mkdtemp(join(tmpdir(), 'probity-signer-'));
  });
  afterAll(async () => {
    await Promise.all(children.map((child) => child.end('SIGKILL')));
    await ledger.close();
    await rm(memory, { recursive: true, force: true });
  });

  const signerFile = (): string => join(memory, 'signer');
  const start = (program: string, parameters: string[]): Child => {
    const child = startChild(`test/ledger/${program}.ts`, { env: {}, parameters });
    children.push(child);
    return child;
  };
  const startSealer = (): Child =>
    start('sealing-process', [
      ledger.database.urls.sealer.reveal(),
      ledger.keysDirectory,
      signerFile(),
    ]);
  const count = async (sql: string): Promise<number> =>
    Number((await ledger.database.query<{ n: string }>(`SELECT count(*) AS n ${sql}`))[0]!.n);

  it('seals every acknowledged event exactly once', async () => {
    let [active, standby] = [startSealer(), startSealer()];
    const writing = Array.from({ length: writers }, () =>
      start('writing-process', [
        ledger.database.urls.app.reveal(),
        ledger.keysDirectory,
        String(eventsEach),
      ]),
    );
    await Promise.race([active.waitFor(/^active/m), standby.waitFor(/^active/m)]);
    if (!/^active/m.test(active.output)) [active, standby] = [standby, active];
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(300);
      await active.end('SIGKILL');
      await standby.waitFor(/^active/m);
      [active, standby] = [standby, startSealer()];
    }
    await writing[0]!.end('SIGKILL');
    await Promise.all(writing.slice(1).map((child) => child.waitFor(/^done/m)));
    while ((await count('FROM audit_pending')) > 0) await sleep(50);
    const sealed = await count('FROM audit_entries');
    while ((await count(`FROM audit_checkpoints WHERE tree_size = ${sealed}`)) === 0)
      await sleep(50);
    await Promise.all([active, standby].map((child) => child.end('SIGKILL')));

    const acknowledged = writing.flatMap(({ output }) =>
      [...output.matchAll(/^ack (\S{36})$/gm)].map(([, id]) => id),
    );
    expect(acknowledged.length).toBeGreaterThan(writers * eventsEach * 0.5);
    const rows = await ledger.database.query<{ event_id: string }>(
      'SELECT event_id FROM audit_entries',
    );
    const entries = rows.map((row) => row.event_id);
    expect(new Set(entries).size).toBe(entries.length);
    const known = new Set(entries);
    expect(acknowledged.filter((id) => !known.has(id!))).toEqual([]);
    expect(entries.length).toBe(await count('FROM audit_events'));

    const signer = new CheckpointSigner(ledger.keys, origin, { path: signerFile() });
    const reader = new Pool({ connectionString: ledger.database.urls.reader.reveal(), max: 1 });
    reader.on('error', () => undefined);
    const verification = await verifyLedger({
      connection: reader,
      origin,
      verifiers: signer.verifiers(),
      macOf: (event) => ledger.keys.mac('audit-event', event),
      lastSigned: await signer.lastSigned(),
    });
    await reader.end();
    expect(verification).toMatchObject({ isSound: true, damages: [], pending: 0 });
    expect([active, standby].map(({ output }) => /fault .*/.exec(output)?.[0])).toEqual([
      undefined,
      undefined,
    ]);
  }, 120_000);
});

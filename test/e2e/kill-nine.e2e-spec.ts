import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

import { loadConfig, openDatabase } from '../../src/platform/index.js';
import { startChild } from '../support/child-process.js';
import { ask, startServiceProcess } from '../support/service-process.js';
import { makeOpenFolder } from '../support/temporary-folder.js';

interface Answer {
  readonly receipt: { readonly eventId: string };
}

const sealTriesMax = 100;

describe('A service killed with SIGKILL under load', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await makeOpenFolder('probity-kill-');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('loses nothing it had acknowledged, and its log verifies after the restart', async () => {
    const first = await startServiceProcess(folder);
    const acknowledged: string[] = [];
    const writers = Array.from({ length: 8 }, () => writeUntilItDies(first.url, acknowledged));
    while (acknowledged.length < 200) await sleep(10);
    await first.child.end('SIGKILL');
    await Promise.all(writers);

    // The orphaned database server is taken over by the next start.
    const second = await startServiceProcess(folder);
    expect(await write(second.url)).toBeDefined();
    expect(await unsealed(folder, acknowledged)).toEqual([]);
    const verifier = startChild('scripts/ledger-verify.ts', {
      env: { PROBITY_DATA_DIR: folder },
      parameters: ['--database', '--index'],
    });
    expect([await verifier.ended(), verifier.output]).toEqual([
      0,
      expect.stringContaining('derived anew'),
    ]);
    await second.child.end('SIGTERM');
  });
});

async function writeUntilItDies(url: string, acknowledged: string[]): Promise<void> {
  for (;;) {
    const eventId = await write(url).catch(() => null);
    if (eventId === null) return;
    acknowledged.push(eventId);
  }
}

async function write(url: string): Promise<string> {
  const { body } = await ask<Answer>(`${url}/v1/conversations`, { body: { channel: 'chat' } });
  return body.receipt.eventId;
}

/** The acknowledged events that have no entry in the log, after the sealer had time. */
async function unsealed(folder: string, eventIds: readonly string[]): Promise<string[]> {
  const database = await openDatabase(loadConfig({ PROBITY_DATA_DIR: folder }), { mode: 'join' });
  const client = new Client({ connectionString: database.urls.reader.reveal() });
  await client.connect();
  try {
    let missing = [...eventIds];
    for (let tries = 0; missing.length > 0 && tries < sealTriesMax; tries += 1) {
      const { rows } = await client.query<{ event_id: string }>(
        'SELECT event_id FROM audit_entries WHERE event_id = ANY($1)',
        [missing],
      );
      const sealed = new Set(rows.map((row) => row.event_id));
      missing = missing.filter((id) => !sealed.has(id));
      if (missing.length > 0) await sleep(50);
    }
    return missing;
  } finally {
    await client.end();
    await database.close();
  }
}

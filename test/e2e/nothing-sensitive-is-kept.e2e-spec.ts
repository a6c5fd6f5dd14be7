import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

import { loadConfig, openDatabase } from '../../src/platform/index.js';
import { ask, type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { makeOpenFolder } from '../support/temporary-folder.js';

/** Planted raw values, each in the spellings in which a store could have kept it. */
const canaries = [
  '4539148803436467',
  '4539 1488 0343 6467',
  '5500005555555559',
  '078-05-1120',
  '078051120',
  'GB33BUKB20201555555555',
  'correct-horse-battery',
];

const messages = [
  'My card 4539 1488 0343 6467 was charged twice, cvv 739',
  'card: 5500005555555559 exp 12/29 security code: 412',
  'My social is 078-05-1120',
  'Refund it to GB33BUKB20201555555555 please',
  "I see a $500 charge I didn't make on 4539148803436467!",
];

interface Started {
  readonly id: string;
  readonly conversationToken: string;
}

interface Answered {
  readonly message: {
    readonly text: string;
    readonly redactions: readonly { readonly kind: string }[];
  };
}

describe('Payment data and secrets', () => {
  let folder: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await makeOpenFolder('probity-canaries-');
    service = await startServiceProcess(folder);
  });
  afterAll(async () => {
    await service.child.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  it('stand in no table, no file of the database, no log and no answer after they were sent', async () => {
    const answers: string[] = [];
    for (const text of messages) {
      const started = await ask<Started>(`${service.url}/v1/conversations`, {
        body: { channel: 'chat' },
      });
      const { id, conversationToken: token } = started.body;
      const answered = await ask<Answered>(`${service.url}/v1/conversations/${id}/messages`, {
        token,
        body: { text },
      });
      expect(answered.status).toBe(201);
      expect(answered.body.message.redactions.length).toBeGreaterThan(0);
      const read = await ask(`${service.url}/v1/conversations/${id}`, { token });
      answers.push(answered.text, read.text);
    }
    // Doors that are not made for text: a path, a query, a header, a body that breaks its schema.
    for (const canary of canaries) {
      const encoded = encodeURIComponent(canary);
      answers.push((await fetch(`${service.url}/v1/${encoded}?q=${encoded}`)).statusText);
      const broken = await ask(`${service.url}/v1/customer-sessions`, {
        body: { customerNumber: canary, passcode: canary, [canary]: canary },
        headers: { 'user-agent': canary, 'x-canary': canary, authorization: `Bearer ${canary}` },
      });
      answers.push(broken.text);
    }

    const everything = new Map<string, string>([
      ['answers', answers.join('\n')],
      ['log', service.child.output],
      ...(await tables(folder)),
      ...(await files(folder)),
    ]);
    expect(everything.get('log')).toContain('"requestId"');
    expect([...everything.keys()].some((name) => name.includes('pg_wal'))).toBe(true);
    expect(
      [...everything.keys()].filter((name) => name.startsWith('table ')).length,
    ).toBeGreaterThan(20);
    const found = [...everything].flatMap(([place, text]) =>
      canaries.filter((canary) => text.includes(canary)).map((canary) => `${canary} in ${place}`),
    );
    expect(found).toEqual([]);
    expect(answers.join('\n')).not.toMatch(/cvv:? ?739|code:? ?412/i);
  });
});

/** COPY of every table of the service's database, as the superuser sees it. */
async function tables(folder: string): Promise<[string, string][]> {
  const database = await openDatabase(loadConfig({ PROBITY_DATA_DIR: folder }), { mode: 'join' });
  const { embedded } = database;
  if (!embedded) throw new Error('The service runs on the embedded server');
  const url = embedded.urlOf('postgres', embedded.credentials.superuser, 'probity').reveal();
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const copies: [string, string][] = [];
    for (const { name } of rows) {
      const copy = await client.query<{ line: string }>(`SELECT t::text AS line FROM ${name} t`);
      // Bytes are printed in hex; a raw value in one would show only in its decoded form.
      const text = copy.rows.map(({ line }) => `${line}\n${decodeHex(line)}`).join('\n');
      copies.push([`table ${name}`, text]);
    }
    return copies;
  } finally {
    await client.end();
    await database.close();
  }
}

function decodeHex(line: string): string {
  return [...line.matchAll(/\\\\?x([0-9a-f]+)/g)]
    .map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'))
    .join('\n');
}

/** Every file under the data folder: heap, indexes, WAL, keys. */
async function files(folder: string): Promise<[string, string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const contents: [string, string][] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    contents.push([path, (await readFile(path)).toString('latin1')]);
  }
  return contents;
}

import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

export const runPrefix = 'probity-test-';
const stopMillisecondsMax = 20_000;

/**
 * Ends every server under a run's folder at once (its data is thrown away) and removes the folder.
 * Plain JavaScript without imports of ours, because it runs outside the transforming test process.
 */
export async function removeRun(folder) {
  await dropTemplate(folder);
  // Where the server's account cannot pass through the temporary folder, its data is elsewhere.
  const elsewhere = await readFile(join(folder, 'data/postgres-home'), 'utf8').catch(() => null);
  if (elsewhere !== null) await removeRun(elsewhere.trim());
  for (const file of await findPidFiles(folder)) await endServer(file);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** An external server goes on running: only the run's template goes. */
async function dropTemplate(folder) {
  const text = await readFile(join(folder, 'server.json'), 'utf8').catch(() => '{}');
  const { external, superuserUrl, template } = JSON.parse(text);
  if (external !== true) return;
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  for (const name of [template, `${template}_bank`]) {
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  }
  await client.end();
}

async function findPidFiles(folder) {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('postmaster.pid')).map((name) => join(folder, name));
}

async function endServer(pidFile) {
  const [pid] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
  if (!/^\d+$/.test(pid ?? '') || !(await isServer(pid))) return;
  try {
    process.kill(Number(pid), 'SIGQUIT');
  } catch {
    return;
  }
  const deadline = Date.now() + stopMillisecondsMax;
  while ((await isServer(pid)) && Date.now() < deadline) await sleep(20);
}

/** A process number can have been given to somebody else since. */
async function isServer(pid) {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return name.trim() === 'postgres' && !/\) [ZX] /.test(state);
}

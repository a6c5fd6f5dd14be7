import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { removeRun, runPrefix } from './test-run.mjs';

/**
 * Opens a folder for this run. The PostgreSQL server is started in it by the first spec that asks
 * for a database, so that pure specs do not pay for one. What a killed run left behind goes first.
 */
export default async function openTestRun() {
  await removeAbandonedRuns();
  const run = await mkdtemp(join(tmpdir(), `${runPrefix}${process.pid}-`));
  // As root the server runs under another account, which must be able to pass through.
  await chmod(run, 0o711);
  process.env.PROBITY_TEST_RUN = run;
}

async function removeAbandonedRuns() {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${runPrefix}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await removeRun(join(tmpdir(), name));
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

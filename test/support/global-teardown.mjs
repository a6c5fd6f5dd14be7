import { removeRun } from './test-run.mjs';

/** Stops the run's server, whether the specs passed or failed, and removes its folder. */
export default async function closeTestRun() {
  await removeRun(process.env.PROBITY_TEST_RUN);
}

import { join } from 'node:path';

import { soak } from './soak.js';

const rssMegabytesMax = 400;

/** `npm run soak:ledger [-- <events>]`: nothing lost, nothing doubled, or exit code 1. */
const soaked = await soak({
  events: Number(process.argv[2] ?? 200_000),
  processes: 4,
  kills: { sealers: 12, writers: 8, database: 4 },
  program: [join(import.meta.dirname, 'soak-process.js')],
  onProgress: console.log,
});
const { verification, lost, faults, ...figures } = soaked;
console.log({
  ...figures,
  lost: lost.length,
  faults: faults.length,
  damages: verification.damages,
});
const isSound =
  lost.length === 0 &&
  soaked.unsealed === 0 &&
  soaked.sealedTwice === 0 &&
  soaked.entries === soaked.recorded &&
  soaked.rssMegabytesMax < rssMegabytesMax &&
  verification.isSound;
console.log(isSound ? 'Every event stands in the log exactly once.' : 'The log is NOT sound.');
if (!isSound) process.exitCode = 1;

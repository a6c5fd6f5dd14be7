import { join } from 'node:path';

import { type Disturbance, soak } from './soak.js';

const eventsOfLongForm = 200_000;
const rssMegabytesMax = 400;
/** From `kill -9` of the active sealer to the next event that another one seals, in a quiet moment. */
const takeOverMillisecondsMax = 2_000;

const events = Number(process.argv[2] ?? eventsOfLongForm);
const share = (kills: number): number => Math.ceil((kills * events) / eventsOfLongForm);

/** `npm run soak:ledger [-- <events>]`: nothing lost, nothing doubled, or exit code 1. */
const soaked = await soak({
  events,
  processes: 4,
  kills: { sealers: share(12), quietSealers: 5, writers: share(8), database: share(4) },
  program: [join(import.meta.dirname, 'soak-process.js')],
  onProgress: console.log,
});
const { verification, lost, faults, disturbances, ...figures } = soaked;
const takeOvers = disturbances.filter(({ killed }) => killed === 'quiet sealer');
const longest = (time: (one: Disturbance) => number, of = disturbances): number =>
  Math.max(...of.map(time));
const takeOverMilliseconds = longest((one) => one.resumedMilliseconds, takeOvers);
console.log({
  ...figures,
  kills: disturbances.length,
  takeOverMilliseconds,
  recoveredMillisecondsMax: longest((one) => one.recoveredMilliseconds),
  backlogMax: longest((one) => one.backlogMax),
  lost: lost.length,
  faults: faults.length,
  damages: verification.damages,
});
const isSound =
  lost.length === 0 &&
  soaked.unsealed === 0 &&
  soaked.sealedTwice === 0 &&
  soaked.entries === soaked.recorded &&
  verification.isSound;
const isDisturbed = [soaked.rollbacks, soaked.refusals, soaked.longTransactions].every(
  (count) => count > 0,
);
const isBounded =
  takeOverMilliseconds <= takeOverMillisecondsMax && soaked.rssMegabytesMax <= rssMegabytesMax;
console.log(isSound ? 'Every event stands in the log exactly once.' : 'The log is NOT sound.');
if (!isDisturbed) console.log('Too little happened to prove it.');
if (!isBounded) console.log('A take-over or the memory went over its limit.');
if (!isSound || !isDisturbed || !isBounded) process.exitCode = 1;

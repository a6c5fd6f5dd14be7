import { parseVerifierKey } from '../../src/ledger/tree/index.js';
import { verifyPublishedLog } from '../../src/ledger/verification/verify-published-log.js';

/** One verification of a folder in a process of its own, whose time and memory are then its alone. */
const [at = '', logKey = ''] = process.argv.slice(2);
let mostBytes = 0;
// The system's own peak would be that of the process which started this one.
const sample = (): void => void (mostBytes = Math.max(mostBytes, process.memoryUsage.rss()));
const sampling = setInterval(sample, 10);
const started = performance.now();
const { isSound, treeSize } = await verifyPublishedLog({
  location: { kind: 'directory', at },
  trust: { logs: [parseVerifierKey(logKey)] },
  workerProgram: new URL('../../src/ledger/verification/examine-worker.js', import.meta.url),
});
const seconds = (performance.now() - started) / 1000;
clearInterval(sampling);
sample();
const megabytes = mostBytes / 1_048_576;
process.stdout.write(JSON.stringify({ isSound, treeSize, seconds, megabytes }));

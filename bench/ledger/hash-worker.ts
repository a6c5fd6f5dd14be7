import { parentPort, workerData } from 'node:worker_threads';

import { emptyRootHash, leafHash, nodeHash } from '../../src/ledger/tree/index.js';

/** The bare SHA-256 calls of so many entries: each is hashed, and each costs one node of the tree. */
const { entries, entryBytes } = workerData as {
  readonly entries: number;
  readonly entryBytes: number;
};
const entry = Buffer.alloc(entryBytes, 0x61);
let last: Buffer = emptyRootHash;
parentPort?.on('message', () => {
  for (let n = 0; n < entries; n += 1) last = nodeHash(leafHash(entry), last);
  parentPort?.postMessage(last.toString('hex'));
});
parentPort?.postMessage('ready');

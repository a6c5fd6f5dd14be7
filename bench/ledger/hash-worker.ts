import { parentPort, workerData } from 'node:worker_threads';

import { hashBytes, writeLeafHashOf, writeNodeHash } from '../../src/ledger/tree/index.js';

/** The bare SHA-256 calls of so many entries: each is hashed, and each costs one node of the tree. */
const { entries, entryBytes } = workerData as {
  readonly entries: number;
  readonly entryBytes: number;
};
const entry = { bytes: Buffer.alloc(1 + entryBytes, 0x61), start: 1, end: 1 + entryBytes };
const hashes = Buffer.alloc(2 * hashBytes);
parentPort?.on('message', () => {
  for (let n = 0; n < entries; n += 1) {
    writeLeafHashOf(entry, hashes, 0);
    writeNodeHash({ hashes, start: 0 }, hashes, hashBytes);
  }
  parentPort?.postMessage(hashes.toString('hex'));
});
parentPort?.postMessage('ready');

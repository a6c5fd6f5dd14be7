import { parentPort, workerData } from 'node:worker_threads';

import { foldHashes, hashBytes, tileWidth, writeLeafHashOf } from '../../src/ledger/tree/index.js';

/** The bare SHA-256 calls of so many tiles: the entries of one are hashed and folded, again and again. */
const { tiles, entryBytes } = workerData as {
  readonly tiles: number;
  readonly entryBytes: number;
};
const span = 1 + entryBytes;
const bytes = Buffer.alloc(tileWidth * span, 0x61);
const hashes = Buffer.alloc(tileWidth * hashBytes);
parentPort?.on('message', () => {
  let root: Buffer = hashes;
  for (let tile = 0; tile < tiles; tile += 1) {
    for (let place = 0; place < tileWidth; place += 1) {
      const entry = { bytes, start: place * span + 1, end: (place + 1) * span };
      writeLeafHashOf(entry, hashes, place * hashBytes);
    }
    root = foldHashes(hashes);
  }
  parentPort?.postMessage(root.toString('hex'));
});
parentPort?.postMessage('ready');

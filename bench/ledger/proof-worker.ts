import { parentPort, workerData } from 'node:worker_threads';

import { hashSourceOf, keepRoots } from '../../src/ledger/log-reader.js';
import { proveInclusion, verifyInclusion } from '../../src/ledger/tree/index.js';
import { PreparingClient } from '../../src/platform/preparing-client.js';

/** What is proven: leaf hashes by their places, in a tree of this size and root. */
export interface ProofsWanted {
  readonly url: string;
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
  readonly leaves: ReadonlyMap<number, Uint8Array>;
}

/** Proves one after the other, in a thread whose memory has not loaded ten million entries before. */
const { url, treeSize, rootHash, leaves } = workerData as ProofsWanted;
const reader = new PreparingClient({ connectionString: url });
await reader.connect();
// As the service has it.
const source = keepRoots(hashSourceOf(reader));
const milliseconds: number[] = [];
for (const [leafIndex, leafHash] of leaves) {
  const started = performance.now();
  const proof = await proveInclusion(leafIndex, treeSize, source);
  milliseconds.push(performance.now() - started);
  verifyInclusion({ leafIndex, treeSize, leafHash, rootHash }, proof);
}
await reader.end();
parentPort?.postMessage(milliseconds);

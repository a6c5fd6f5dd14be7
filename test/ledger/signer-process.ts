import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CheckpointSigner } from '../../src/ledger/checkpoint-signer.js';
import { appendLeaves, emptyFrontier, leafHash, rootOf } from '../../src/ledger/tree/index.js';
import { FileKeyStore } from '../../src/platform/index.js';

/**
 * A signer in a process of its own that halts between reading its memory and writing it, until the
 * file `go` is there. Parameters: folder of keys and memory, origin, the size to sign, how many of the
 * leaves `leaf 0`, `leaf 1` … were signed before.
 */
const [folder = '', origin = '', size = '', signed = ''] = process.argv.slice(2);
const leaves = Array.from({ length: Number(size) }, (_, n) => leafHash(Buffer.from(`leaf ${n}`)));

const keys = await FileKeyStore.open({ directory: folder, masterKey: null, production: false });
const signer = new CheckpointSigner(keys, origin, { path: join(folder, 'last-signed-checkpoint') });
const head = {
  treeSize: leaves.length,
  rootHash: rootOf(appendLeaves(emptyFrontier, leaves)),
};

await signer.sign(head, halt).then(
  () => process.stdout.write('signed\n'),
  (error: unknown) => process.stdout.write(`${String(error)}\n`),
);

/** The proof from a half of the tree to the whole. */
async function halt(): Promise<Buffer[]> {
  process.stdout.write('halted\n');
  const go = join(folder, 'go');
  while (
    !(await access(go).then(
      () => true,
      () => false,
    ))
  )
    await sleep(10);
  return [rootOf(appendLeaves(emptyFrontier, leaves.slice(Number(signed))))];
}

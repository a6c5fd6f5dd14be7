import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  appendLeaves,
  type ConsistencyStatement,
  emptyFrontier,
  type InclusionStatement,
  proveConsistency,
  proveInclusion,
  rootOf,
} from '../../../src/ledger/tree/index.js';
import { hashesOver } from '../tree/hash-source.js';

export type Inclusion = InclusionStatement & { readonly proof: readonly Buffer[] };
export type Consistency = ConsistencyStatement & { readonly proof: readonly Buffer[] };

/** What `proofs.json` holds, in a folder that goes from one implementation to another. */
export interface Proofs {
  readonly inclusion: readonly Inclusion[];
  readonly consistency: readonly Consistency[];
}

/** Proves some entries in some sizes of a log, and that each of these sizes leads to each larger one. */
export async function proveSome(leaves: readonly Buffer[]): Promise<Proofs> {
  const hashes = hashesOver(leaves);
  const trees = sizesUpTo(leaves.length).map((size) => ({
    size,
    root: rootOf(appendLeaves(emptyFrontier, leaves.slice(0, size))),
  }));
  const inclusion: Inclusion[] = [];
  const consistency: Consistency[] = [];
  for (const [place, { size, root }] of trees.entries()) {
    for (const leafIndex of [0, Math.floor(size / 2), size - 1]) {
      const proof = await proveInclusion(leafIndex, size, hashes);
      const leaf = leaves[leafIndex]!;
      inclusion.push({ leafIndex, treeSize: size, leafHash: leaf, rootHash: root, proof });
    }
    for (const { size: first, root: firstRoot } of trees.slice(0, place)) {
      const proof = await proveConsistency(first, size, hashes);
      consistency.push({ first, second: size, firstRoot, secondRoot: root, proof });
    }
  }
  return { inclusion, consistency };
}

function sizesUpTo(size: number): number[] {
  const some = new Set([1, 2, 3, 7, 8, 255, 256, 257, size - 1, size]);
  return [...some].filter((one) => one > 0 && one <= size).sort((one, other) => one - other);
}

export function writeProofs(folder: string, proofs: Proofs): void {
  const text = JSON.stringify(proofs, function (this: Record<string, unknown>, name, value) {
    // A buffer has turned itself into an object of numbers by the time it is handed on as a value.
    const held = this[name];
    return Buffer.isBuffer(held) ? held.toString('base64') : (value as unknown);
  });
  writeFileSync(join(folder, 'proofs.json'), text);
}

export function readProofs(folder: string): Proofs {
  // Every text in it is a hash.
  const revive = (_: string, value: unknown): unknown =>
    typeof value === 'string' ? Buffer.from(value, 'base64') : value;
  return JSON.parse(readFileSync(join(folder, 'proofs.json'), 'utf8'), revive) as Proofs;
}

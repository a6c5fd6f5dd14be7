import {
  appendLeaves,
  emptyFrontier,
  formatCheckpoint,
  leafHash,
  type NoteSigner,
  proveConsistency,
  proveInclusion,
  rootOf,
  signNote,
} from '../../../src/ledger/tree/index.js';
import { hashesOver } from '../tree/hash-source.js';
import { newSigner } from '../tree/keys.js';

/** A log in memory, which can show any history it likes. */
export class TestLog {
  readonly #leaves: Buffer[] = [];
  readonly #hashes = hashesOver(this.#leaves);

  constructor(readonly signer: NoteSigner = newSigner('log.example/ledger')) {}

  get size(): number {
    return this.#leaves.length;
  }

  grow(...entries: readonly string[]): this {
    for (const entry of entries) this.#leaves.push(leafHash(Buffer.from(entry)));
    return this;
  }

  growTo(size: number): this {
    while (this.size < size) this.grow(`entry ${this.size}`);
    return this;
  }

  rootHash(size = this.size): Buffer {
    return rootOf(appendLeaves(emptyFrontier, this.#leaves.slice(0, size)));
  }

  checkpoint(size = this.size): string {
    const rootHash = this.rootHash(size);
    const { name: origin } = this.signer;
    return signNote(formatCheckpoint({ origin, treeSize: size, rootHash }), [this.signer]);
  }

  prove(first: number, second = this.size): Promise<Buffer[]> {
    return proveConsistency(first, second, this.#hashes);
  }

  proveEntry(leafIndex: number, size = this.size): Promise<Buffer[]> {
    return proveInclusion(leafIndex, size, this.#hashes);
  }
}

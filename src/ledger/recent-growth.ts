import {
  foldHashes,
  type Frontier,
  type HashSource,
  ProofError,
  type Subtree,
} from './tree/index.js';

/**
 * What a log needs to remember to prove that it only grew since a size: the frontier then, and the
 * leaf hashes since. Nothing else can occur in that proof.
 */
export class RecentGrowth {
  readonly #leafHashes: Buffer[] = [];

  constructor(private readonly frontier: Frontier) {}

  get size(): number {
    return this.frontier.size;
  }

  add(leafHashes: readonly Buffer[]): void {
    for (const hash of leafHashes) this.#leafHashes.push(hash);
  }

  /** Bound to what is known now; later additions do not disturb a proof under way. */
  source(): HashSource {
    const added = [...this.#leafHashes];
    return (subtrees) => Promise.resolve(subtrees.map((subtree) => this.#rootOf(subtree, added)));
  }

  #rootOf(subtree: Subtree, added: readonly Buffer[]): Buffer {
    const width = 2 ** subtree.level;
    const start = subtree.index * width;
    if (start < this.size) return this.#ofFrontier(subtree);
    const leaves = added.slice(start - this.size, start - this.size + width);
    if (leaves.length !== width) throw new ProofError('The tree has not grown that far');
    return foldHashes(Buffer.concat(leaves));
  }

  /** The frontier's subtrees stand side by side from the left, as the size's binary digits name them. */
  #ofFrontier({ level, index }: Subtree): Buffer {
    let start = 0;
    for (const hash of this.frontier.hashes) {
      const width = 2 ** Math.floor(Math.log2(this.size - start));
      if (start === index * 2 ** level && width === 2 ** level) return hash;
      start += width;
    }
    throw new ProofError('Not a subtree of the frontier');
  }
}

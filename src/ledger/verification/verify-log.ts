import { emptyRootHash, hashBytes, splitHashes, tileWidth } from '../tree/index.js';
import { type Damage, damagesMax } from './damage.js';
import type { ExaminedTile, LogSource, TreeHead } from './log-source.js';
import { TileTower } from './tile-tower.js';

/** What was verified before, so that only what came since is read again. */
export interface VerifiedLog extends TreeHead {
  /** `TileTower.openTiles` at the last full leaf tile below that size. */
  readonly openTiles: readonly (readonly Buffer[])[];
}

export interface LogRun {
  readonly source: LogSource;
  /** How many entries there are to verify. */
  readonly treeSize: number;
  /** What is verified already; from the beginning where it is null. */
  readonly from?: VerifiedLog | null;
  /** Told after every stretch how many entries are done. */
  readonly onProgress?: ((entries: number) => void) | undefined;
}

export interface LogFindings {
  /** In the order they were met; at most 20. */
  readonly damages: readonly Damage[];
  /** How far the log could be followed. */
  readonly reached: VerifiedLog;
  /** Signed heads whose roots were recomputed. */
  readonly heads: number;
  /** Roots of perfect subtrees at that size, largest first. */
  readonly frontier: readonly Buffer[];
  readonly lastLeafHash: Buffer | null;
}

/** A stretch of leaf tiles that is examined as one piece of work. */
const stretchEntries = 16 * tileWidth;

/**
 * Recomputes a log from its entries: each leaf, each link of the chain, each tile, and the root at
 * each signed head, stretch by stretch in constant memory.
 */
export async function verifyLog(run: LogRun): Promise<LogFindings> {
  return new LogVerifier(run).verify();
}

interface Stretch {
  readonly first: number;
  readonly beyond: number;
  readonly tiles: readonly ExaminedTile[];
  readonly heads: readonly TreeHead[];
  readonly damages: readonly Damage[];
}

class LogVerifier {
  readonly #damages: Damage[] = [];
  readonly #tower: TileTower;
  /** The leaves behind the last full tile. */
  #edge: Buffer[] = [];
  #lastLeafHash: Buffer | null = null;
  #heads = 0;
  #isBroken = false;

  constructor(private readonly run: LogRun) {
    this.#tower = new TileTower(run.from?.openTiles);
  }

  async verify(): Promise<LogFindings> {
    const { source } = this.run;
    const ahead: Promise<Stretch>[] = [];
    const stretches = this.#stretches();
    for (;;) {
      while (ahead.length < source.parallelism && !this.#isBroken) {
        const next = stretches.next();
        if (next.done) break;
        const examined = this.#examine(...next.value);
        // It is awaited in its turn; a failure before that must not end the process.
        examined.catch(() => undefined);
        ahead.push(examined);
      }
      const stretch = ahead.shift();
      if (!stretch) break;
      await this.#take(await stretch);
    }
    if (!this.#isBroken) await this.#compareTiles(this.#tower.partialTiles());
    return this.#findings();
  }

  /** From the last full tile that is verified already, which the edge behind it is read again with. */
  *#stretches(): Generator<[first: number, beyond: number]> {
    const { treeSize } = this.run;
    for (let first = this.#size; first < treeSize; first += stretchEntries) {
      yield [first, Math.min(first + stretchEntries, treeSize)];
    }
  }

  get #size(): number {
    return this.#tower.leafTiles * tileWidth + this.#edge.length;
  }

  async #examine(first: number, beyond: number): Promise<Stretch> {
    const { source, from } = this.run;
    const tiles = await source.examine(first, beyond);
    const { heads, damages } = await source.heads(first, beyond);
    // What was verified before must be reached again: this is the proof that the log only grew.
    const isOnTheWay = from && from.treeSize > first && from.treeSize <= beyond;
    return { first, beyond, tiles, heads: isOnTheWay ? [from, ...heads] : heads, damages };
  }

  async #take({ beyond, tiles, heads, damages }: Stretch): Promise<void> {
    if (this.#isBroken) return;
    damages.forEach((damage) => this.#report(damage));
    for (const tile of tiles) {
      tile.damages.forEach((damage) => this.#report(damage));
      await this.#append(tile, heads);
    }
    if (this.#size < beyond) this.#isBroken = true;
    this.run.onProgress?.(this.#size);
  }

  #report(damage: Damage): void {
    if (this.#damages.length < damagesMax) this.#damages.push(damage);
    else this.#isBroken = true;
  }

  async #append({ hashes, root }: ExaminedTile, heads: readonly TreeHead[]): Promise<void> {
    const start = this.#size;
    const width = hashes.length / hashBytes;
    for (const head of heads) {
      if (head.treeSize > start && head.treeSize <= start + width) {
        this.#compareRoot(head, splitHashes(hashes).slice(0, head.treeSize - start));
      }
    }
    if (width > 0) this.#lastLeafHash = hashes.subarray(-hashBytes);
    if (root) await this.#compareTiles(this.#tower.append(root));
    else this.#edge = splitHashes(hashes);
  }

  #compareRoot({ treeSize, rootHash }: TreeHead, edge: readonly Buffer[]): void {
    this.#heads += 1;
    if (!this.#tower.rootWith(edge).equals(rootHash)) {
      this.#report({ kind: 'checkpoint_contradicted', leafIndex: treeSize, eventId: null });
    }
  }

  async #compareTiles(built: ReturnType<TileTower['append']>): Promise<void> {
    for (const { tile, hashes } of built) {
      const kind = await this.run.source.compareTile(tile, hashes);
      const leafIndex = tile.index * tileWidth ** (Number(tile.level) + 1);
      if (kind !== null) this.#report({ kind, leafIndex, eventId: null });
    }
  }

  #findings(): LogFindings {
    const { size, hashes } = this.#tower.frontier(this.#edge);
    const rootHash = size === 0 ? emptyRootHash : this.#tower.rootWith(this.#edge);
    return {
      damages: this.#damages,
      reached: { treeSize: size, rootHash, openTiles: this.#tower.openTiles },
      heads: this.#heads,
      frontier: hashes,
      lastLeafHash: this.#lastLeafHash,
    };
  }
}

import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { Client } from 'pg';

import {
  foldHashes,
  rootOf,
  appendLeaves,
  emptyFrontier,
  hashBytes,
  tileWidth,
} from '../../src/ledger/index.js';
import type { Figures } from '../report.js';
import { asSuperuser, type Ground, openGround } from './ground.js';
import type { ProofsWanted } from './proof-worker.js';

const entries = 10_000_000;
const proofs = 10_000;
const warmUpProofs = 500;
const tilesPerStatement = 200;

/** Proves inclusion in a log of ten million entries, bulk-loaded; every proof is verified. */
export async function runProofs(): Promise<Figures> {
  const ground = await openGround();
  try {
    const loaded = await load(ground);
    const milliseconds = await measure(ground.database.urls.reader.reveal(), loaded);
    const quantile = (share: number): number =>
      milliseconds[Math.floor(milliseconds.length * share)] ?? 0;
    return {
      entries,
      'proof p50 ms': quantile(0.5),
      'proof p99 ms': quantile(0.99),
      'tiles, bytes per entry': loaded.tileBytes / entries,
    };
  } finally {
    await ground.close();
  }
}

interface Loaded {
  readonly rootHash: Buffer;
  /** Leaf hashes of the places that are proven. */
  readonly leaves: ReadonlyMap<number, Buffer>;
  readonly tileBytes: number;
}

/** Leaves of nothing: an entry is not needed to prove where its hash stands. */
async function load(ground: Ground): Promise<Loaded> {
  await asSuperuser(ground, [
    `UPDATE sealer_progress SET tree_size = ${entries}`,
    'SELECT extend_ledger_partitions()',
  ]);
  const client = new Client({ connectionString: ground.superuserUrl });
  await client.connect();
  const wanted = new Set(Array.from({ length: proofs }, () => Math.floor(Math.random() * entries)));
  const leaves = new Map<number, Buffer>();
  const tiles = new TileTable(client);
  const edge: Buffer[] = [];
  let row: Buffer[] = [];
  for (let first = 0; first < entries; first += tileWidth) {
    const width = Math.min(tileWidth, entries - first);
    const hashes = randomFillSync(Buffer.alloc(width * hashBytes));
    for (let place = 0; place < width; place += 1)
      if (wanted.has(first + place)) leaves.set(first + place, hashOf(hashes, place));
    if (width === tileWidth) row.push(await tiles.add(0, hashes));
    else await loadEdge(client, first, hashes);
    if (width < tileWidth) edge.push(...Array.from({ length: width }, (_, n) => hashOf(hashes, n)));
  }
  const frontier = {
    size: row.length * tileWidth,
    hashes: appendLeaves(emptyFrontier, row).hashes,
  };
  const rootHash = rootOf(appendLeaves(frontier, edge));
  for (let level = 1; row.length >= tileWidth; level += 1) {
    const above: Buffer[] = [];
    for (let first = 0; first + tileWidth <= row.length; first += tileWidth)
      above.push(await tiles.add(level, Buffer.concat(row.slice(first, first + tileWidth))));
    row = above;
  }
  await tiles.flush();
  await client.query('VACUUM ANALYZE audit_tiles, audit_entries');
  // Else the server writes the load out while the clock runs.
  await client.query('CHECKPOINT');
  const size = "SELECT pg_total_relation_size('audit_tiles') AS bytes";
  const { rows } = await client.query<{ bytes: string }>(size);
  await client.end();
  return { rootHash, leaves, tileBytes: Number(rows[0]?.bytes) };
}

/** Only the leaves behind the last full tile are looked for among the entries. */
async function loadEdge(client: Client, first: number, hashes: Buffer): Promise<void> {
  await client.query(
    `INSERT INTO audit_entries (leaf_index, event_id, leaf_hash)
     SELECT $1::bigint + place, gen_random_uuid(), substring($2::bytea FROM place * ${hashBytes} + 1 FOR ${hashBytes})
     FROM generate_series(0, $3::int - 1) AS place`,
    [first, hashes, hashes.length / hashBytes],
  );
}

/** Inserts tiles many at a time. */
class TileTable {
  readonly #indices = new Map<number, number>();
  #waiting: { level: number; index: number; hashes: Buffer; root: Buffer }[] = [];

  constructor(private readonly client: Client) {}

  async add(level: number, hashes: Buffer): Promise<Buffer> {
    const index = this.#indices.get(level) ?? 0;
    const root = foldHashes(hashes);
    this.#indices.set(level, index + 1);
    this.#waiting.push({ level, index, hashes, root });
    if (this.#waiting.length === tilesPerStatement) await this.flush();
    return root;
  }

  async flush(): Promise<void> {
    const tiles = this.#waiting;
    this.#waiting = [];
    await this.client.query(
      `INSERT INTO audit_tiles (level, tile_index, hashes, root_hash)
       SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::bytea[])`,
      [
        tiles.map((tile) => tile.level),
        tiles.map((tile) => tile.index),
        tiles.map((tile) => tile.hashes),
        tiles.map((tile) => tile.root),
      ],
    );
  }
}

async function measure(url: string, { leaves, rootHash }: Loaded): Promise<number[]> {
  const wanted: ProofsWanted = { url, treeSize: entries, rootHash, leaves };
  const worker = new Worker(new URL('./proof-worker.js', import.meta.url), { workerData: wanted });
  const [milliseconds] = (await once(worker, 'message')) as [number[]];
  return milliseconds.slice(warmUpProofs).sort((a, b) => a - b);
}

function hashOf(hashes: Buffer, place: number): Buffer {
  return Buffer.from(hashes.subarray(place * hashBytes, (place + 1) * hashBytes));
}

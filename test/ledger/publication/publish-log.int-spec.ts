import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

import { Client, Pool } from 'pg';

import { CheckpointSigner } from '../../../src/ledger/checkpoint-signer.js';
import { committed } from '../../../src/ledger/index.js';
import { hashSourceOf } from '../../../src/ledger/log-reader.js';
import { BucketStore, parseBucket } from '../../../src/ledger/publication/bucket-store.js';
import { DirectoryStore } from '../../../src/ledger/publication/directory-store.js';
import {
  missingTiles,
  type Publication,
  PublicationRefused,
  publishLog,
} from '../../../src/ledger/publication/publish-log.js';
import type { PublishedStore } from '../../../src/ledger/publication/published-store.js';
import { SealedLog } from '../../../src/ledger/sealed-log.js';
import {
  addSignatures,
  cosignCheckpoint,
  formatTilePath,
  proveConsistency,
  splitNote,
  tileOf,
} from '../../../src/ledger/tree/index.js';
import { verifyPublishedLog } from '../../../src/ledger/verification/verify-published-log.js';
import { PublishedCheckpoints } from '../../../src/ledger/witness/published-checkpoints.js';
import { makeOpenFolder } from '../../support/temporary-folder.js';
import { type LedgerFixture, noteTaken, openLedger, origin } from '../ledger-fixture.js';
import { newSigner } from '../tree/keys.js';
import { eventsOf, makeLog, writeLog } from '../verification/published-fixture.js';

/** A real server of the S3 protocol; it comes without types. */
const S3Server = createRequire(import.meta.url)('@20minutes/s3rver') as new (
  options: Readonly<Record<string, unknown>>,
) => { run(): Promise<{ port: number }>; close(): Promise<void> };

describe('publishLog', () => {
  let ledger: LedgerFixture;
  let home: string;
  let signer: CheckpointSigner;
  let reader: Pool;
  let folders = 0;

  beforeAll(async () => {
    ledger = await openLedger();
    home = await makeOpenFolder('probity-publish-');
    signer = new CheckpointSigner(ledger.keys, origin, { path: join(home, 'signer') });
    reader = new Pool({ connectionString: ledger.database.urls.reader.reveal(), max: 4 });
    reader.on('error', () => undefined);
    await grow(300);
  });
  afterAll(async () => {
    await reader.end();
    await ledger.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function grow(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      await ledger.audited.run(ledger.actor, () =>
        Promise.resolve(committed({}, noteTaken({ detail: { text: `note ${n}` } }))),
      );
    }
    const client = new Client({
      connectionString: ledger.database.urls.sealer.reveal(),
      pipeline: true,
    });
    await client.connect();
    const log = await SealedLog.takeOver(client);
    await log.sealBatch(1_000);
    const { treeSize, rootHash } = log;
    const note = await signer.sign({ treeSize, rootHash }, (size) =>
      proveConsistency(size, treeSize, hashSourceOf(client)),
    );
    await client.query('INSERT INTO audit_checkpoints VALUES ($1, $2, $3, now())', [
      treeSize,
      rootHash,
      note,
    ]);
    await client.end();
  }

  const newest = async () => {
    const checkpoint = await new PublishedCheckpoints(reader, false).newest();
    if (!checkpoint) throw new Error('There is no checkpoint');
    return checkpoint;
  };
  const publish = async (store: PublishedStore): Promise<Publication> =>
    publishLog({ connection: reader, checkpoint: await newest(), store });
  const newFolder = (): string => {
    const folder = join(home, `published-${(folders += 1)}`);
    mkdirSync(folder);
    return folder;
  };
  const contents = (folder: string): Map<string, Buffer> => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    return new Map(
      files
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name))
        .map((path) => [relative(folder, path), readFileSync(path)]),
    );
  };
  const verify = (folder: string) =>
    verifyPublishedLog({
      location: { kind: 'directory', at: folder },
      trust: { logs: signer.verifiers() },
    });

  it('publishes a log that anybody can verify, and follows as it grows', async () => {
    const folder = newFolder();
    expect(await publish(new DirectoryStore(folder))).toEqual({ treeSize: 300, written: 6 });
    expect(await verify(folder)).toMatchObject({ isSound: true, treeSize: 300 });
    const full = join(folder, 'tile/0/000');
    const written = statSync(full).mtimeMs;

    expect(await publish(new DirectoryStore(folder))).toMatchObject({ written: 0 });
    await grow(20);
    expect(await publish(new DirectoryStore(folder))).toEqual({ treeSize: 320, written: 3 });
    expect(await verify(folder)).toMatchObject({ isSound: true, treeSize: 320 });
    expect(statSync(full).mtimeMs).toBe(written);
    expect([...contents(folder).keys()].filter((path) => path.endsWith('.draft'))).toEqual([]);
    // What a reader of the older checkpoint needs still lies there.
    expect([...contents(folder).keys()]).toContain('tile/0/001.p/44');
  });

  it('writes the checkpoint last, and goes on where it was cut off', async () => {
    const folder = newFolder();
    const store = new DirectoryStore(folder);
    let left = 3;
    const failing: PublishedStore = {
      read: (path) => store.read(path),
      create: (path, bytes) =>
        (left -= 1) < 0 ? Promise.reject(new Error('The disk is full')) : store.create(path, bytes),
      replaceCheckpoint: (bytes) => store.replaceCheckpoint(bytes),
    };
    await expect(publish(failing)).rejects.toThrow('The disk is full');
    expect(contents(folder).has('checkpoint')).toBe(false);
    expect(await publish(store)).toEqual({ treeSize: 320, written: 3 });
    expect(await verify(folder)).toMatchObject({ isSound: true });
  });

  it('puts cosignatures that came later on the checkpoint', async () => {
    const folder = newFolder();
    const store = new DirectoryStore(folder);
    await publish(store);
    const checkpoint = await newest();
    const { text } = splitNote(checkpoint.note);
    const cosigned = addSignatures(checkpoint.note, [
      cosignCheckpoint(text, newSigner('witness.example'), 1),
    ]);
    const log = { connection: reader, store };
    await publishLog({ ...log, checkpoint: { ...checkpoint, note: cosigned } });
    expect(contents(folder).get('checkpoint')?.toString()).toBe(cosigned);
  });

  it('refuses to go over another log, a longer one, a fork, and other bytes', async () => {
    const cases: ((folder: string) => void)[] = [
      (folder) => {
        writeLog(folder, makeLog(eventsOf(10)), newSigner('other.example/log'));
      },
      (folder) => {
        writeLog(folder, makeLog(eventsOf(2_000)), newSigner(origin));
      },
      (folder) => {
        writeLog(folder, makeLog(eventsOf(10)), newSigner(origin));
      },
      (folder) => {
        writeFileSync(join(folder, 'checkpoint'), 'nonsense\n');
      },
      (folder) => {
        mkdirSync(join(folder, 'tile/0'), { recursive: true });
        writeFileSync(join(folder, 'tile/0/000'), Buffer.alloc(8_192));
      },
    ];
    for (const prepare of cases) {
      const folder = newFolder();
      prepare(folder);
      const before = contents(folder).get('checkpoint');
      await expect(publish(new DirectoryStore(folder))).rejects.toThrow(PublicationRefused);
      expect(contents(folder).get('checkpoint')).toEqual(before);
    }
  });

  it('publishes the very same bytes to a bucket', async () => {
    const server = new S3Server({
      port: 0,
      address: '127.0.0.1',
      silent: true,
      directory: join(home, 's3'),
      configureBuckets: [{ name: 'audit', configs: [] }],
    });
    const { port } = await server.run();
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    });
    const bucket = new BucketStore(parseBucket('s3://audit/logs/bank')!);
    try {
      const folder = newFolder();
      await publish(new DirectoryStore(folder));
      const published = await publish(bucket);
      expect(published.written).toBe(contents(folder).size);
      for (const [path, bytes] of contents(folder)) {
        expect([path, await bucket.read(path)]).toEqual([path, bytes]);
      }
      expect(await publish(bucket)).toMatchObject({ written: 0 });
      await grow(10);
      expect(await publish(bucket)).toMatchObject({ written: 3 });
      expect(await bucket.read('tile/0/009')).toBeNull();
    } finally {
      bucket.close();
      process.env = before;
      await server.close();
    }
  });
});

describe('missingTiles', () => {
  const pathsOf = (from: number, to: number): Set<string> =>
    new Set([...missingTiles(from, to)].map(formatTilePath));

  it('names every tile of a tree that begins from nothing (C2SP tlog-tiles, 70,000 entries)', () => {
    const tiles = [...missingTiles(0, 70_000)].filter(({ level }) => level !== 'entries');
    const widths = (level: number): number[] =>
      tiles.filter((tile) => tile.level === level).map(({ width }) => width);
    expect(widths(0)).toEqual([...Array<number>(273).fill(256), 112]);
    expect(widths(1)).toEqual([256, 17]);
    expect(widths(2)).toEqual([1]);
    expect([...missingTiles(0, 256)].map(formatTilePath)).toEqual([
      'tile/entries/000',
      'tile/0/000',
      'tile/1/000.p/1',
    ]);
  });

  it('names, between any two sizes, what the larger tree has and the smaller has not', () => {
    for (const [from, to] of [
      [0, 1],
      [255, 256],
      [256, 257],
      [300, 300],
      [300, 70_000],
      [65_536, 65_537],
      [65_535, 131_073],
    ] as const) {
      const known = pathsOf(0, from);
      const expected = new Set([...pathsOf(0, to)].filter((path) => !known.has(path)));
      expect(pathsOf(from, to)).toEqual(expected);
    }
    expect(tileOf(0, 1, 256)).toBeNull();
  });
});

describe('parseBucket', () => {
  it('reads the address of a bucket and of nothing else', () => {
    expect(parseBucket('s3://audit')).toEqual({ name: 'audit', prefix: '' });
    expect(parseBucket('s3://audit/a/b/')).toEqual({ name: 'audit', prefix: 'a/b/' });
    expect(parseBucket('/srv/audit')).toBeNull();
    expect(parseBucket('s3://')).toBeNull();
  });
});

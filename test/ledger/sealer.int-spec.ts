import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, Pool } from 'pg';

import { Admission } from '../../src/ledger/admission.js';
import { CheckpointSigner } from '../../src/ledger/checkpoint-signer.js';
import { committed } from '../../src/ledger/index.js';
import { hashSourceOf } from '../../src/ledger/log-reader.js';
import { SealedLog } from '../../src/ledger/sealed-log.js';
import { Sealer } from '../../src/ledger/sealer.js';
import {
  appendLeaves,
  emptyFrontier,
  formatEntry,
  leafHash,
  noPreviousLeafHash,
  openNote,
  parseCheckpoint,
  proveInclusion,
  rootOf,
  verifyInclusion,
} from '../../src/ledger/tree/index.js';
import { LosableClient } from '../../src/platform/index.js';
import { noteTaken, openLedger, origin, type LedgerFixture } from './ledger-fixture.js';

interface SealedRow {
  leaf_index: string;
  leaf_hash: Buffer;
  event: string;
  event_id: string;
}

describe('Sealer', () => {
  let ledger: LedgerFixture;
  let pool: Pool;
  let memory: string;
  let signer: CheckpointSigner;
  const faults: unknown[] = [];

  beforeEach(async () => {
    ledger = await openLedger();
    pool = new Pool({
      connectionString: ledger.database.urls.sealer.reveal(),
      max: 4,
      pipeline: true,
      Client: LosableClient,
    });
    pool.on('error', () => undefined);
    memory = await mkdtemp(join(tmpdir(), 'probity-signer-'));
    signer = new CheckpointSigner(ledger.keys, origin, { path: join(memory, 'signer') });
    faults.length = 0;
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((sealer) => sealer.stop()));
    await Promise.all(clients.splice(0).map((client) => client.end()));
    await pool.end();
    await ledger.close();
    await rm(memory, { recursive: true, force: true });
  });

  const started: Sealer[] = [];
  const newSealer = (): Sealer => {
    const onFault = (error: unknown): void => void faults.push(error);
    const sealer = new Sealer({ pool, signer, admission: ledger.admission, onFault });
    started.push(sealer);
    return sealer;
  };
  const report = async (count: number): Promise<string[]> => {
    const receipts = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const { receipt } = await ledger.audited.run(ledger.actor, () =>
          Promise.resolve(committed({}, noteTaken({ detail: { text: `note ${n}` } }))),
        );
        return receipt.eventId;
      }),
    );
    return receipts;
  };
  const clients: Client[] = [];
  /** Each sealer on a connection of its own, as in the service. */
  const takeOver = async (partition?: number): Promise<SealedLog> => {
    const client = new Client({
      connectionString: ledger.database.urls.sealer.reveal(),
      pipeline: true,
    });
    clients.push(client);
    await client.connect();
    return SealedLog.takeOver(client, partition);
  };
  const cutPartitions = (entries: number): Promise<unknown> =>
    ledger.database.query(`
      DROP TABLE audit_entries_000000;
      SELECT create_ledger_partition('audit_entries', 'audit_entries_of_' || edge,
        edge::text, (edge + ${entries})::text)
      FROM generate_series(0, ${3 * entries}, ${entries}) AS edge
    `);
  const queueAgain = (id: string): Promise<unknown> =>
    ledger.database.query('INSERT INTO audit_pending (event_id) VALUES ($1)', [id], 'app');
  const sealedRows = () =>
    ledger.database.query<SealedRow>(
      `SELECT n.*, e.event FROM audit_entries n JOIN audit_events e ON e.id = n.event_id ORDER BY leaf_index`,
    );
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    const deadline = Date.now() + 10_000;
    while (!(await condition())) {
      if (Date.now() > deadline)
        throw new Error(`Waited in vain; faults: ${faults.map(String).join('; ')}`);
      await sleep(20);
    }
  };

  it('gives every committed event one index, chains the entries and signs the head', async () => {
    const sealer = newSealer();
    sealer.start();
    const ids = await report(600);
    await until(() => sealer.stats().checkpointSize === 600);
    await sealer.stop();

    const rows = await sealedRows();
    expect(rows.map((row) => Number(row.leaf_index))).toEqual(rows.map((_, index) => index));
    expect(new Set(rows.map((row) => row.event_id))).toEqual(new Set(ids));
    let previous: Buffer = noPreviousLeafHash;
    for (const [index, row] of rows.entries()) {
      const hash = leafHash(formatEntry(index, previous, row.event));
      expect(hash).toEqual(row.leaf_hash);
      previous = hash;
    }
    const [newest] = await ledger.database.query<{ note: string }>(
      'SELECT note FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1',
    );
    const checkpoint = parseCheckpoint(openNote(newest!.note, signer.verifiers()).text);
    const frontier = appendLeaves(
      emptyFrontier,
      rows.map((row) => row.leaf_hash),
    );
    expect(checkpoint).toMatchObject({ origin, treeSize: 600, rootHash: rootOf(frontier) });
    expect(
      await ledger.database.query('SELECT level, tile_index FROM audit_tiles ORDER BY 1, 2'),
    ).toEqual([
      { level: 0, tile_index: '0' },
      { level: 0, tile_index: '1' },
    ]);
    expect(faults).toEqual([]);
  });

  it('finds every hash that an inclusion proof needs in the tables', async () => {
    await report(700);
    const log = await takeOver();
    await log.sealBatch(1000);

    const rows = await sealedRows();
    const source = hashSourceOf(pool);
    for (const index of [0, 1, 255, 256, 511, 512, 640, 699]) {
      for (const size of [700, index + 1]) {
        const proof = await proveInclusion(index, size, source);
        const hashes = rows.slice(0, size).map((row) => row.leaf_hash);
        expect(() =>
          verifyInclusion(
            {
              leafIndex: index,
              treeSize: size,
              leafHash: rows[index]!.leaf_hash,
              rootHash: rootOf(appendLeaves(emptyFrontier, hashes)),
            },
            proof,
          ),
        ).not.toThrow();
      }
    }
  });

  it('continues where another sealer ended, with the same head', async () => {
    for (const count of [1, 254, 3, 300]) {
      await report(count);
      const log = await takeOver();
      await log.sealBatch(1000);
    }
    const log = await takeOver();

    const frontier = appendLeaves(
      emptyFrontier,
      (await sealedRows()).map((row) => row.leaf_hash),
    );
    expect(log.treeSize).toBe(558);
    expect(log.rootHash).toEqual(rootOf(frontier));
  });

  it('lets one sealer be active and another take over within two seconds of its death', async () => {
    const first = newSealer();
    first.start();
    await until(() => first.stats().state === 'active');
    const second = newSealer();
    second.start();
    await report(5);
    await until(() => first.stats().checkpointSize === 5);
    expect(second.stats().state).toBe('standby');

    await ledger.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = $1)`,
      [ledger.database.name],
    );
    const died = Date.now();
    await until(() => first.stats().state === 'active' || second.stats().state === 'active');
    expect(Date.now() - died).toBeLessThan(2_000);
    await report(3);
    await until(() => [first, second].some((sealer) => sealer.stats().checkpointSize === 8));
    await Promise.all([first.stop(), second.stop()]);
    expect(await sealedRows()).toHaveLength(8);
  });

  it('keeps a sealer that was thought dead from writing', async () => {
    const stale = await takeOver();
    const active = await takeOver();
    await report(2);

    await expect(stale.sealBatch(10)).rejects.toThrow('taken over');
    expect(await active.sealBatch(10)).toMatchObject({ sealed: 2 });
    await report(1);
    await expect(stale.sealBatch(10)).rejects.toThrow();
    expect(await sealedRows()).toHaveLength(2);
  });

  it('seals what a long transaction kept open commits at last, and waits for it with nothing', async () => {
    const sealer = newSealer();
    sealer.start();
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const slow = ledger.audited.run(ledger.actor, async (tx) => {
      await tx.query('SELECT 1');
      await gate;
      return committed({}, noteTaken({ detail: { text: 'slow' } }));
    });
    await report(10);
    await until(() => sealer.stats().checkpointSize === 10);
    finish();
    await slow;
    await until(() => sealer.stats().checkpointSize === 11);
    await sealer.stop();
    expect(await sealedRows()).toHaveLength(11);
  });

  it('turns work away while the queue is over its limit, and takes it again once it is sealed', async () => {
    await report(6);
    const admission = new Admission(5);
    const onFault = (error: unknown): void => void faults.push(error);
    const sealer = new Sealer({ pool, signer, admission, onFault });
    started.push(sealer);
    const blocker = new Client({ connectionString: ledger.database.urls.superuser.reveal() });
    clients.push(blocker);
    await blocker.connect();
    // Whoever holds the rows keeps the sealer from taking them.
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM audit_pending FOR UPDATE');
    sealer.start();
    await until(() => admission.backlog === 6);
    expect(() => admission.assertOpen()).toThrow(
      expect.objectContaining({
        code: 'service.unavailable',
        status: 503,
        extras: expect.objectContaining({ headers: { 'Retry-After': '2' } }),
      }),
    );
    await blocker.query('ROLLBACK');
    await until(() => admission.backlog === 0);
    expect(() => admission.assertOpen()).not.toThrow();
    expect(await sealedRows()).toHaveLength(6);
  });

  it('seals an event once even when it is queued twice', async () => {
    const [id] = await report(1);
    const log = await takeOver();
    await log.sealBatch(10);
    await queueAgain(id!);
    await report(1);

    expect(await log.sealBatch(10)).toMatchObject({ sealed: 0, orphans: [id] });
    expect(await log.sealBatch(10)).toMatchObject({ sealed: 1, orphans: [] });
  });

  it('tells that an event was queued again, and goes on', async () => {
    const sealer = newSealer();
    sealer.start();
    const [id] = await report(1);
    await until(() => sealer.stats().checkpointSize === 1);
    await queueAgain(id!);
    await until(() => faults.length === 1);
    await report(1);
    await until(() => sealer.stats().checkpointSize === 2);
    expect(String(faults)).toContain(`Queued without an unsealed event: ${id}`);
  });

  describe('where the log goes on in another partition', () => {
    beforeEach(() => cutPartitions(4));

    it('seals an event once even when it is queued again', async () => {
      const [id] = await report(4);
      const log = await takeOver(4);
      await log.sealBatch(10);

      for (const size of [5, 6]) {
        await queueAgain(id!);
        await report(1);
        expect(await log.sealBatch(10)).toMatchObject({ sealed: 1, orphans: [id] });
        expect(log.treeSize).toBe(size);
      }
      expect(new Set((await sealedRows()).map((row) => row.event_id)).size).toBe(6);
    });

    it('seals it once under a sealer that has taken over, however many partitions lie between', async () => {
      const [id] = await report(4);
      const before = await takeOver(4);
      await before.sealBatch(10);
      await report(4);
      await before.sealBatch(10);
      await report(1);
      await before.sealBatch(10);
      await queueAgain(id!);

      const log = await takeOver(4);
      expect(await log.sealBatch(10)).toMatchObject({ sealed: 0, orphans: [id] });
      expect(log.treeSize).toBe(9);
    });

    it('ends a batch with its partition, so that nothing of it can be repeated in the next', async () => {
      await report(6);
      const log = await takeOver(4);

      expect(await log.sealBatch(10)).toMatchObject({ sealed: 4 });
      expect(await log.sealBatch(10)).toMatchObject({ sealed: 2 });
    });

    it('seals an event that was made before a partition ended and committed after', async () => {
      const [late] = await report(1);
      await ledger.database.query('DELETE FROM audit_pending');
      await report(4);
      const log = await takeOver(4);
      await log.sealBatch(10);
      await queueAgain(late!);

      expect(await log.sealBatch(10)).toMatchObject({ sealed: 1, orphans: [] });
    });
  });

  it('does not sign a log that lost entries it has signed before', async () => {
    const sealer = newSealer();
    sealer.start();
    await report(20);
    await until(() => sealer.stats().checkpointSize === 20);
    await sealer.stop();
    await ledger.database.query(`
      SET session_replication_role = replica;
      ALTER TABLE audit_entries DISABLE TRIGGER refuse_change;
      ALTER TABLE audit_checkpoints DISABLE TRIGGER refuse_change;
      DELETE FROM audit_entries WHERE leaf_index >= 16;
      DELETE FROM audit_checkpoints;
      UPDATE sealer_progress SET tree_size = 16,
        last_leaf_hash = (SELECT leaf_hash FROM audit_entries WHERE leaf_index = 15);
      RESET session_replication_role;
    `);
    const hashes = (
      await ledger.database.query<{ leaf_hash: Buffer }>(
        'SELECT leaf_hash FROM audit_entries ORDER BY leaf_index',
      )
    ).map((row) => row.leaf_hash);
    const { hashes: frontier } = appendLeaves(emptyFrontier, hashes);
    await ledger.database.query('UPDATE sealer_progress SET frontier = $1', [
      Buffer.concat(frontier),
    ]);

    const restored = newSealer();
    restored.start();
    await report(10);
    await until(() => restored.stats().state === 'fault');
    await restored.stop();
    expect(String(faults[0])).toContain('a checkpoint over 20 was signed before');
    expect(await ledger.database.query('SELECT 1 FROM audit_checkpoints')).toHaveLength(0);
  });
});

import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Pool } from 'pg';

import { Admission } from '../../../src/ledger/admission.js';
import { CheckpointSigner } from '../../../src/ledger/checkpoint-signer.js';
import { AuditIndex } from '../../../src/ledger/completeness/audit-index.js';
import { EventRecorder } from '../../../src/ledger/event-record.js';
import { IdempotencyKeys } from '../../../src/ledger/idempotency.js';
import {
  ArchiveDamaged,
  committed,
  examineReceipts,
  hashSourceOf,
  indexCommitted,
  leafHashAt,
  LedgerArchives,
  LedgerRetention,
  type LegalHold,
  LegalHolds,
  LogTiles,
  PublishedCheckpoints,
} from '../../../src/ledger/index.js';
import { PostgresAuditedTransaction } from '../../../src/ledger/postgres-audited-transaction.js';
import { ReceiptSigner } from '../../../src/ledger/receipt-signer.js';
import { LogExcerpt } from '../../../src/audit/exports/log-excerpt.js';
import { LedgerArchive } from '../../../src/ledger/retention/archive.js';
import { SealedLog } from '../../../src/ledger/sealed-log.js';
import {
  formatEntry,
  leafHash,
  proveConsistency,
  proveInclusion,
  verifyInclusion,
} from '../../../src/ledger/tree/index.js';
import { verifyLedger } from '../../../src/ledger/verification/verify-ledger.js';
import { PersonKeyring, SystemIdSource } from '../../../src/platform/index.js';
import {
  FakeLedgerPolicy,
  noteTaken,
  openLedger,
  origin,
  type LedgerFixture,
} from '../ledger-fixture.js';

const year = 365 * 86_400_000;
const prefix = 512;

/** Ids of last month, as the events of an older partition have them. */
class EarlierIds extends SystemIdSource {
  isEarlier = true;

  override ordered<Id extends string>(): Id {
    const id = super.ordered<Id>();
    if (!this.isEarlier) return id;
    const now = new Date();
    const then = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 15);
    const at = (then + (now.getTime() % 1_000_000)).toString(16).padStart(12, '0');
    return `${at.slice(0, 8)}-${at.slice(8)}${id.slice(13)}` as Id;
  }
}

class HoldsOfSpec extends LegalHolds {
  list: LegalHold[] = [];
  /** The look that fails, counted down; a run ends there. */
  failsAt = 0;

  override standing(): Promise<readonly LegalHold[]> {
    this.failsAt -= 1;
    return this.failsAt === 0 ? Promise.reject(new Error('cut off')) : Promise.resolve(this.list);
  }
}

describe('letting expired entries go', () => {
  let ledger: LedgerFixture;
  let audited: PostgresAuditedTransaction;
  let reader: Pool;
  let folder: string;
  let directory: string;
  let signer: CheckpointSigner;
  const ids = new EarlierIds();
  const holds = new HoldsOfSpec();

  /** Partitions of 512 entries; the first holds all of last month's events, expired a year ago. */
  beforeEach(async () => {
    ledger = await openLedger();
    folder = await mkdtemp(join(tmpdir(), 'probity-archive-'));
    directory = join(folder, 'archives');
    signer = new CheckpointSigner(ledger.keys, origin, { path: join(folder, 'signer') });
    reader = new Pool({ connectionString: ledger.database.urls.reader.reveal(), max: 2 });
    await ledger.database.query(
      `
      DROP TABLE audit_entries_000000;
      SELECT create_ledger_partition('audit_entries', 'audit_entries_first', '0', '512');
      SELECT create_ledger_partition('audit_entries', 'audit_entries_second', '512', '1048576');
    `,
      [],
      'owner',
    );
    audited = new PostgresAuditedTransaction(
      ledger.app,
      new EventRecorder(
        ledger.keys,
        new PersonKeyring(ledger.keys, ids),
        ids,
        ledger.clock,
        new FakeLedgerPolicy(),
      ),
      new ReceiptSigner(ledger.keys, origin),
      new IdempotencyKeys(ledger.keys),
      new Admission(),
    );
    holds.list = [];
    ids.isEarlier = true;
    ledger.clock.advance(-8 * year);
    await record(prefix);
    await seal();
    ids.isEarlier = false;
    ledger.clock.advance(8 * year);
    await record(3);
    await seal();
    const index = new AuditIndex(reader);
    await audited.run(ledger.actor, async (tx) =>
      committed({}, indexCommitted({ detail: await index.advance(tx) })),
    );
    await seal();
  });
  afterEach(async () => {
    await reader.end();
    await ledger.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function record(count: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, (_, n) =>
        audited.run(ledger.actor, () =>
          Promise.resolve(committed({}, noteTaken({ detail: { text: `note ${n}` } }))),
        ),
      ),
    );
  }

  async function seal(): Promise<void> {
    const client = new Client({ connectionString: ledger.database.urls.sealer.reveal() });
    await client.connect();
    const log = await SealedLog.takeOver(client);
    await log.sealBatch(1_000);
    const { treeSize, rootHash } = log;
    const note = await signer.sign({ treeSize, rootHash }, (size) =>
      proveConsistency(size, treeSize, hashSourceOf(client)),
    );
    await client.query(
      'INSERT INTO audit_checkpoints VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING',
      [treeSize, rootHash, note],
    );
    await client.end();
  }

  const trust = () => ({ origin, keys: ledger.keys, verifiers: signer.verifiers() });
  /** Its event is sealed by the spec; a run does not wait for it. */
  const retention = () =>
    new LedgerRetention({
      ...{ audited, holds, ids, directory, reader, trust },
      app: ledger.app,
      clock: ledger.clock,
      checkpoints: new PublishedCheckpoints(reader, false),
      sealMillisecondsMax: 0,
    });
  const pruneAll = async (): Promise<readonly string[]> => {
    await retention().run();
    await seal();
    const { dropped } = await retention().run();
    return dropped;
  };
  const verify = async (archivePath: string | null = null) =>
    verifyLedger({
      connection: reader,
      origin,
      verifiers: signer.verifiers(),
      macOf: (event) => ledger.keys.mac('audit-event', event),
      lastSigned: signer.lastSigned(),
      archives: archivePath === null ? null : new LedgerArchives(archivePath, trust()),
    });
  const prunings = () =>
    ledger.database.query(`SELECT FROM audit_events WHERE type = 'ledger.pruned'`);
  const firstEntry = async (): Promise<number> => {
    const [row] = await ledger.database.query<{ first: string }>(
      'SELECT min(leaf_index) AS first FROM audit_entries',
    );
    return Number(row?.first);
  };

  it('archives, names in the log, drops, and verifies from the archive or from tiles alone', async () => {
    const before = await proveInclusion(7, prefix, hashSourceOf(reader));
    const [old] = (
      await reader.query<{ leaf_hash: Buffer }>(
        'SELECT leaf_hash FROM audit_entries WHERE leaf_index = 7',
      )
    ).rows;
    const root =
      (await new PublishedCheckpoints(reader, false).ofSize(prefix))?.rootHash ?? Buffer.alloc(32);
    const dropped = await pruneAll();
    expect(dropped).toHaveLength(2);
    expect(dropped).toContain('audit_entries_first');
    expect(await firstEntry()).toBe(prefix);

    const statement = {
      leafIndex: 7,
      treeSize: prefix,
      leafHash: old?.leaf_hash ?? Buffer.alloc(32),
      rootHash: root,
    };
    expect(() => {
      verifyInclusion(statement, before);
    }).not.toThrow();
    expect(await proveInclusion(7, prefix, hashSourceOf(reader))).toEqual(before);

    const size = (await firstEntry()) + 5;
    const tiles = new LogTiles(reader);
    expect(await tiles.read({ level: 0, index: 0, width: 8 }, size)).toHaveLength(8 * 32);
    expect(await tiles.read({ level: 'entries', index: 1, width: 256 }, size)).toBeNull();
    expect(await tiles.read({ level: 'entries', index: 2, width: 4 }, size)).not.toBeNull();

    for (const archives of [null, directory]) {
      const found = await verify(archives);
      expect(found.damages).toEqual([]);
      expect(found).toMatchObject({ isSound: true, pruned: prefix, treeSize: prefix + 5 });
    }
    const archive = await LedgerArchive.open(join(directory, '0-512'), trust());
    const read: string[] = [];
    for await (const entry of archive?.entries(300, 302) ?? []) read.push(entry.toString());
    expect(read.map((text) => (JSON.parse(text) as { index: number }).index)).toEqual([300, 301]);
    const next = await retention().run();
    expect(next).toMatchObject({ pruned: null, dropped: [] });
    expect(await prunings()).toHaveLength(1);
  });

  it('proves the first entry that stands behind a pruned prefix', async () => {
    await pruneAll();
    const [hash] = (
      await reader.query<{ leaf_hash: Buffer }>(
        'SELECT leaf_hash FROM audit_entries WHERE leaf_index = $1',
        [prefix],
      )
    ).rows;
    const [event] = (
      await reader.query<{ event: string }>(
        `SELECT event FROM audit_events WHERE id = (SELECT event_id FROM audit_entries WHERE leaf_index = $1)`,
        [prefix],
      )
    ).rows;
    const previous = await new LogTiles(reader).read(
      { level: 0, index: 1, width: 256 },
      prefix + 5,
    );
    const entry = formatEntry(
      prefix,
      previous?.subarray(-32) ?? Buffer.alloc(32),
      event?.event ?? '',
    );
    expect(leafHash(entry)).toEqual(hash?.leaf_hash);

    const excerpt = new LogExcerpt(reader);
    const read = [];
    for await (const { leafIndex } of excerpt.entries(prefix, prefix + 2)) read.push(leafIndex);
    expect(read).toEqual([prefix, prefix + 1]);
    const { rows } = await reader.query<{ leaf_hash: Buffer | null }>(
      `SELECT ${leafHashAt('wanted.index')} AS leaf_hash FROM unnest($1::bigint[]) AS wanted (index)`,
      [[-1, prefix - 1, prefix]],
    );
    expect(rows.map((row) => row.leaf_hash)).toEqual([
      null,
      previous?.subarray(-32),
      hash?.leaf_hash,
    ]);
  });

  it('does not call a promise broken whose event may have gone with a pruned prefix', async () => {
    ids.isEarlier = true;
    ledger.clock.advance(-8 * year);
    const { receipt } = await audited.run(ledger.actor, () =>
      Promise.resolve(committed({}, noteTaken({ detail: { text: 'a promise' } }))),
    );
    ledger.clock.advance(8 * year);
    const gone = { ...receipt, eventId: '00000000-0000-7000-8000-000000000000' };
    const held = (kept: typeof receipt) => examineReceipts(reader, [kept], signer.verifiers());
    expect(await held(receipt)).toEqual([]);
    expect((await held(gone)).map(({ kind }) => kind)).toEqual(['receipt_forged']);
    await ledger.database.query(
      `DO $$ BEGIN
         ALTER TABLE audit_events DISABLE TRIGGER ALL;
         SET LOCAL session_replication_role = replica;
         DELETE FROM audit_events WHERE id = '${receipt.eventId}';
         DELETE FROM audit_pending WHERE event_id = '${receipt.eventId}';
       END $$`,
    );
    expect((await held(receipt)).map(({ kind }) => kind)).toEqual(['receipt_broken']);
    await pruneAll();
    await expect(held(receipt)).rejects.toThrow('which was pruned');
  });

  it('keeps what a hold names, also one that comes between the event and the drop', async () => {
    holds.list = [{ id: 'h1', on: { kind: 'entries', from: 500, to: 600 } }];
    const { next, dropped } = await retention().run();
    expect(next).toMatchObject({ obstacle: 'held', at: 500, holdId: 'h1' });
    expect(dropped).toEqual([]);
    holds.list = [];
    await retention().run();
    await seal();
    holds.list = [{ id: 'h2', on: { kind: 'entries', from: 0, to: 1 } }];
    expect((await retention().run()).dropped).toEqual([]);
    expect(await firstEntry()).toBe(0);
  });

  it('keeps what has not expired by the clock of the service, or of the database', async () => {
    ledger.clock.advance(-2 * year);
    expect(await retention().plan()).toMatchObject({ obstacle: 'not_expired', at: 0 });
    ledger.clock.advance(2 * year);
    await retention().run();
    await seal();
    // As a database whose clock went back would see it: the row itself says it has not expired.
    await ledger.database.query(
      `DO $$ BEGIN
         ALTER TABLE audit_events DISABLE TRIGGER ALL;
         SET LOCAL session_replication_role = replica;
         UPDATE audit_events
         SET event = regexp_replace(event, '"expiresAt":"[0-9]{4}', '"expiresAt":"2099')
         WHERE id = (SELECT event_id FROM audit_entries WHERE leaf_index = 9);
       END $$`,
    );
    const { dropped } = await retention().run();
    expect(dropped).toEqual([]);
    expect(await firstEntry()).toBe(0);
  });

  it('drops nothing where the archive is damaged or gone', async () => {
    await retention().run();
    await seal();
    const path = join(directory, '0-512');
    const file = join(path, 'tile/entries/001');
    const good = await readFile(file);
    const bad = Buffer.from(good);
    bad[40] = (bad[40] ?? 0) ^ 1;
    await writeFile(file, bad);
    await expect(retention().run()).rejects.toThrow(ArchiveDamaged);
    await writeFile(file, good);
    await rename(path, `${path}.away`);
    await expect(retention().run()).rejects.toThrow(ArchiveDamaged);
    expect(await firstEntry()).toBe(0);
    await rename(`${path}.away`, path);
    expect((await retention().run()).dropped).toHaveLength(2);
    await writeFile(file, bad);
    expect((await verify(directory)).damages.map(({ kind }) => kind)).toEqual(['archive_changed']);
    await rm(path, { recursive: true });
    expect((await verify(directory)).damages.map(({ kind }) => kind)).toContain('archive_missing');
  });

  it('goes on where a run was cut off: within the archive, before the event, before the drop', async () => {
    const path = join(directory, '0-512');
    // The archive stands, the event does not; then the archive, too, is only begun.
    holds.failsAt = 2;
    await expect(retention().run()).rejects.toThrow('cut off');
    expect(await prunings()).toHaveLength(0);
    await rm(join(path, 'manifest'));
    holds.failsAt = 2;
    await expect(retention().run()).rejects.toThrow('cut off');
    const manifest = await readFile(join(path, 'manifest'));
    await retention().run();
    expect(await readFile(join(path, 'manifest'))).toEqual(manifest);
    expect(await prunings()).toHaveLength(1);
    // Not sealed yet: a second run neither names it again nor drops anything.
    expect((await retention().run()).dropped).toEqual([]);
    expect(await prunings()).toHaveLength(1);
    await seal();
    expect((await retention().run()).dropped).toHaveLength(2);
    expect(await readdir(path)).toEqual(expect.arrayContaining(['manifest', 'tile']));
  });

  it('finds a partition that an administrator dropped without an archive', async () => {
    await ledger.database.query('DROP TABLE audit_entries_first');
    const found = await verify();
    expect(found.isSound).toBe(false);
    expect(found.damages[0]).toMatchObject({ kind: 'entry_missing', leafIndex: 0 });
  });

  it('drops nothing for a caller of the function without a sealed event', async () => {
    await expect(
      ledger.database.query('SELECT prune_ledger_partitions(512)', [], 'app'),
    ).rejects.toThrow('does not say');
    await expect(
      ledger.database.query('SELECT prune_ledger_partitions(512)', [], 'sealer'),
    ).rejects.toThrow('permission denied');
  });
});

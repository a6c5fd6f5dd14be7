import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DataSource } from 'typeorm';

import { AuditLog } from '../../../src/audit/audit-log.js';
import { BundleContents } from '../../../src/audit/exports/bundle-contents.js';
import { LogExcerpt } from '../../../src/audit/exports/log-excerpt.js';
import { AuditIndex } from '../../../src/ledger/completeness/audit-index.js';
import { IndexProver } from '../../../src/ledger/completeness/index-prover.js';
import {
  ArchiveDamaged,
  committed,
  examineReceipts,
  hashSourceOf,
  leafHashAt,
  LedgerArchives,
  LogTiles,
  PublishedCheckpoints,
  type Receipt,
} from '../../../src/ledger/index.js';
import { originFolder } from '../../../src/ledger/origin/origin-folder.js';
import { ReceiptSigner } from '../../../src/ledger/receipt-signer.js';
import { LedgerArchive } from '../../../src/ledger/retention/archive.js';
import {
  formatEntry,
  leafHash,
  proveInclusion,
  verifyInclusion,
} from '../../../src/ledger/tree/index.js';
import { type CaseId, SystemIdSource } from '../../../src/platform/index.js';
import { EvidencePruned, EvidenceReader } from '../../../src/reports/evidence.js';
import { noteTaken, origin } from '../ledger-fixture.js';
import { partition as prefix, RetentionFixture, year } from './retention-fixture.js';

const ids = new SystemIdSource();
const day = 86_400_000;
const earlier = ids.random<CaseId>();
const later = ids.random<CaseId>();

describe('letting expired entries go', () => {
  let fixture: RetentionFixture;
  let receipts: Receipt[];

  /** The first partition holds all of last month's events, expired a year ago. */
  beforeEach(async () => {
    fixture = await RetentionFixture.open();
    receipts = await fixture.fill(prefix - 1, { yearsAgo: 8, months: -1 });
    await fixture.fill(1, { yearsAgo: 8, months: -1, caseId: earlier });
    await fixture.fill(3, { yearsAgo: 0, months: 0 });
    await fixture.commitToIndex();
  });
  afterEach(() => fixture.close());

  const archiveOf = (range: string) => join(fixture.directory, originFolder(origin), range);

  it('archives, names in the log, drops, and verifies from the archive or from tiles alone', async () => {
    const before = await proveInclusion(7, prefix, hashSourceOf(fixture.reader));
    const [old] = (
      await fixture.reader.query<{ leaf_hash: Buffer }>(
        'SELECT leaf_hash FROM audit_entries WHERE leaf_index = 7',
      )
    ).rows;
    const root =
      (await new PublishedCheckpoints(fixture.reader, false).ofSize(prefix))?.rootHash ??
      Buffer.alloc(32);
    const dropped = await fixture.pruneAll();
    expect(dropped).toHaveLength(2);
    expect(dropped).toContain('audit_entries_first');
    expect(await fixture.firstEntry()).toBe(prefix);

    const statement = {
      leafIndex: 7,
      treeSize: prefix,
      leafHash: old?.leaf_hash ?? Buffer.alloc(32),
      rootHash: root,
    };
    expect(() => {
      verifyInclusion(statement, before);
    }).not.toThrow();
    expect(await proveInclusion(7, prefix, hashSourceOf(fixture.reader))).toEqual(before);

    const size = (await fixture.firstEntry()) + 5;
    const tiles = new LogTiles(fixture.reader);
    expect(await tiles.read({ level: 0, index: 0, width: 8 }, size)).toHaveLength(8 * 32);
    expect(await tiles.read({ level: 'entries', index: 1, width: 256 }, size)).toBeNull();
    expect(await tiles.read({ level: 'entries', index: 2, width: 4 }, size)).not.toBeNull();

    for (const archives of [null, fixture.directory]) {
      const found = await fixture.verify(archives);
      expect(found.damages).toEqual([]);
      expect(found).toMatchObject({ isSound: true, pruned: prefix, treeSize: prefix + 5 });
    }
    const archive = await LedgerArchive.open(archiveOf('0-512'), fixture.trust());
    const read: string[] = [];
    for await (const entry of archive?.entries(300, 302) ?? []) read.push(entry.toString());
    expect(read.map((text) => (JSON.parse(text) as { index: number }).index)).toEqual([300, 301]);
    const next = await fixture.retention().run();
    expect(next).toMatchObject({ pruned: null, dropped: [] });
    expect(await fixture.prunings()).toHaveLength(1);
  });

  it('proves the first entry that stands behind a pruned prefix', async () => {
    await fixture.pruneAll();
    const [hash] = (
      await fixture.reader.query<{ leaf_hash: Buffer }>(
        'SELECT leaf_hash FROM audit_entries WHERE leaf_index = $1',
        [prefix],
      )
    ).rows;
    const [event] = (
      await fixture.reader.query<{ event: string }>(
        `SELECT event FROM audit_events WHERE id = (SELECT event_id FROM audit_entries WHERE leaf_index = $1)`,
        [prefix],
      )
    ).rows;
    const previous = await new LogTiles(fixture.reader).read(
      { level: 0, index: 1, width: 256 },
      prefix + 5,
    );
    const entry = formatEntry(
      prefix,
      previous?.subarray(-32) ?? Buffer.alloc(32),
      event?.event ?? '',
    );
    expect(leafHash(entry)).toEqual(hash?.leaf_hash);

    const excerpt = new LogExcerpt(fixture.reader);
    const read = [];
    for await (const { leafIndex } of excerpt.entries(prefix, prefix + 2)) read.push(leafIndex);
    expect(read).toEqual([prefix, prefix + 1]);
    const { rows } = await fixture.reader.query<{ leaf_hash: Buffer | null }>(
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
    fixture.ids.months = -1;
    fixture.ledger.clock.advance(-8 * year);
    const { receipt } = await fixture.audited.run(fixture.ledger.actor, () =>
      Promise.resolve(committed({}, noteTaken({ detail: { text: 'a promise' } }))),
    );
    fixture.ledger.clock.advance(8 * year);
    const gone = { ...receipt, eventId: '00000000-0000-7000-8000-000000000000' };
    const held = (kept: typeof receipt) =>
      examineReceipts(fixture.reader, [kept], { logs: fixture.signer.verifiers() });
    expect(await held(receipt)).toEqual([]);
    expect((await held(gone)).map(({ kind }) => kind)).toEqual(['receipt_forged']);
    await fixture.ledger.database.query(
      `DO $$ BEGIN
         ALTER TABLE audit_events DISABLE TRIGGER ALL;
         SET LOCAL session_replication_role = replica;
         DELETE FROM audit_events WHERE id = '${receipt.eventId}';
         DELETE FROM audit_pending WHERE event_id = '${receipt.eventId}';
       END $$`,
    );
    expect((await held(receipt)).map(({ kind }) => kind)).toEqual(['receipt_broken']);
    await fixture.pruneAll();
    await expect(held(receipt)).rejects.toThrow('name the archive');
  });

  it('finds a promise kept in the archive that its event went to', async () => {
    const [promised, another] = receipts;
    if (!promised || !another) throw new Error('No receipts');
    await fixture.pruneAll();
    const held = async (receipt: Receipt) =>
      examineReceipts(fixture.reader, [receipt], {
        logs: fixture.signer.verifiers(),
        archivesOf: () => new LedgerArchives(fixture.directory, fixture.trust()),
      });
    const { rows } = await fixture.reader.query('SELECT FROM audit_events WHERE id = $1', [
      promised.eventId,
    ]);
    expect(rows).toEqual([]);
    expect(await held(promised)).toEqual([]);
    const { eventId: id, recordedAt } = promised;
    const signed = new ReceiptSigner(fixture.ledger.keys, origin);
    const elsewise = signed.sign({ id, recordedAt, hash: another.eventHash });
    expect((await held(elsewise)).map(({ kind }) => kind)).toEqual(['receipt_broken']);
  });

  it('says of a list that needs archived entries that it does, and proves one that does not', async () => {
    await fixture.fill(1, { yearsAgo: 0, months: 0, caseId: later });
    await fixture.commitToIndex();
    await fixture.pruneAll();
    const prove = async (id: CaseId) =>
      new IndexProver(fixture.reader).prove(
        { kind: 'case', id },
        100,
        await new PublishedCheckpoints(fixture.reader, false).newest(),
      );
    expect(await prove(earlier)).toEqual({ kind: 'entries_pruned' });
    expect((await prove(later)).kind).toBe('proven');
    // Nothing was let go that could explain it: the tables were changed.
    await fixture.ledger.database.query(
      `DO $$ BEGIN
         SET LOCAL session_replication_role = replica;
         ALTER TABLE audit_events DISABLE TRIGGER ALL;
         DELETE FROM audit_events WHERE type = 'ledger.pruned';
       END $$`,
    );
    await expect(prove(earlier)).rejects.toThrow('other events of the key than the tables');
  });

  it('exports no period that begins in the archive, and one that begins behind it', async () => {
    const reader = new DataSource({
      type: 'postgres',
      url: fixture.ledger.database.urls.reader.reveal(),
    });
    await reader.initialize();
    const checkpoints = new PublishedCheckpoints(fixture.reader, false);
    const contents = new BundleContents(
      fixture.audited,
      new AuditIndex(fixture.reader),
      checkpoints,
      reader,
      new AuditLog(reader, checkpoints),
    );
    await fixture.pruneAll();
    fixture.ledger.clock.advance(60_000);
    const [event] = await fixture.record(1);
    await fixture.seal();
    const now = fixture.ledger.clock.now();
    const find = (from: Date) =>
      contents.find({
        criteria: { kind: 'period', from: from.toISOString(), to: now.toISOString() },
        requestEvent: event?.eventId ?? '',
        ids: fixture.ids,
        isWithheld: () => false,
      });
    await expect(find(new Date(now.getTime() - 10 * year))).rejects.toMatchObject({
      reason: 'entries_pruned',
      isFinal: true,
    });
    await expect(find(now)).resolves.toMatchObject({
      content: { kind: 'period', range: { start: expect.any(Number) as number } },
    });
    await reader.destroy();
  });

  it('reports on no period that reaches into the archive, and on one behind it', async () => {
    const reader = new DataSource({
      type: 'postgres',
      url: fixture.ledger.database.urls.reader.reveal(),
    });
    await reader.initialize();
    const checkpoints = new PublishedCheckpoints(fixture.reader, false);
    const evidence = new EvidenceReader(reader, checkpoints);
    const now = fixture.ledger.clock.now().getTime();
    const read = async (from: number) => {
      const { treeSize } = (await checkpoints.newest()) ?? { treeSize: 0 };
      const interval = { from: new Date(from), to: new Date(now + year) };
      const indices: number[] = [];
      for await (const { index } of evidence.read(interval, treeSize)) indices.push(index);
      return indices;
    };
    expect((await read(now - 10 * year))[0]).toBe(0);
    await fixture.pruneAll();
    await expect(read(now - 10 * year)).rejects.toThrow(EvidencePruned);
    fixture.ledger.clock.advance(3 * day);
    await fixture.record(1);
    await fixture.seal();
    expect(await read(now + 2 * day)).toHaveLength(1);
    await reader.destroy();
  });

  it('keeps what a hold names, also one that comes between the event and the drop', async () => {
    fixture.holds.list = [{ id: 'h1', on: { kind: 'entries', from: 500, to: 600 } }];
    const { next, dropped } = await fixture.retention().run();
    expect(next).toMatchObject({ obstacle: 'held', at: 500, holdId: 'h1' });
    expect(dropped).toEqual([]);
    fixture.holds.list = [];
    await fixture.retention().run();
    await fixture.seal();
    fixture.holds.list = [{ id: 'h2', on: { kind: 'entries', from: 0, to: 1 } }];
    expect((await fixture.retention().run()).dropped).toEqual([]);
    expect(await fixture.firstEntry()).toBe(0);
  });

  it('keeps what has not expired by the clock of the service, or of the database', async () => {
    fixture.ledger.clock.advance(-2 * year);
    expect(await fixture.retention().plan()).toMatchObject({ obstacle: 'not_expired', at: 0 });
    fixture.ledger.clock.advance(2 * year);
    await fixture.retention().run();
    await fixture.seal();
    // As a database whose clock went back would see it: the row itself says it has not expired.
    await fixture.ledger.database.query(
      `DO $$ BEGIN
         ALTER TABLE audit_events DISABLE TRIGGER ALL;
         SET LOCAL session_replication_role = replica;
         UPDATE audit_events
         SET event = regexp_replace(event, '"expiresAt":"[0-9]{4}', '"expiresAt":"2099')
         WHERE id = (SELECT event_id FROM audit_entries WHERE leaf_index = 9);
       END $$`,
    );
    const { dropped } = await fixture.retention().run();
    expect(dropped).toEqual([]);
    expect(await fixture.firstEntry()).toBe(0);
  });

  it('drops nothing where the archive is damaged or gone', async () => {
    await fixture.retention().run();
    await fixture.seal();
    const path = archiveOf('0-512');
    const file = join(path, 'tile/entries/001');
    const good = await readFile(file);
    const bad = Buffer.from(good);
    bad[40] = (bad[40] ?? 0) ^ 1;
    await writeFile(file, bad);
    await expect(fixture.retention().run()).rejects.toThrow(ArchiveDamaged);
    await writeFile(file, good);
    await rename(path, `${path}.away`);
    await expect(fixture.retention().run()).rejects.toThrow(ArchiveDamaged);
    expect(await fixture.firstEntry()).toBe(0);
    await rename(`${path}.away`, path);
    expect((await fixture.retention().run()).dropped).toHaveLength(2);
    await writeFile(file, bad);
    expect((await fixture.verify(fixture.directory)).damages.map(({ kind }) => kind)).toEqual([
      'archive_changed',
    ]);
    await rm(path, { recursive: true });
    expect((await fixture.verify(fixture.directory)).damages.map(({ kind }) => kind)).toContain(
      'archive_missing',
    );
  });

  it('goes on where a run was cut off: within the archive, before the event, before the drop', async () => {
    const path = archiveOf('0-512');
    // The archive stands, the event does not; then the archive, too, is only begun.
    fixture.holds.failsAt = 2;
    await expect(fixture.retention().run()).rejects.toThrow('cut off');
    expect(await fixture.prunings()).toHaveLength(0);
    await rm(join(path, 'manifest'));
    fixture.holds.failsAt = 2;
    await expect(fixture.retention().run()).rejects.toThrow('cut off');
    const manifest = await readFile(join(path, 'manifest'));
    await fixture.retention().run();
    expect(await readFile(join(path, 'manifest'))).toEqual(manifest);
    expect(await fixture.prunings()).toHaveLength(1);
    // Not sealed yet: a second run neither names it again nor drops anything.
    expect((await fixture.retention().run()).dropped).toEqual([]);
    expect(await fixture.prunings()).toHaveLength(1);
    await fixture.seal();
    expect((await fixture.retention().run()).dropped).toHaveLength(2);
    expect(await readdir(path)).toEqual(expect.arrayContaining(['manifest', 'tile']));
  });

  it('finds a partition that an administrator dropped without an archive', async () => {
    await fixture.ledger.database.query('DROP TABLE audit_entries_first');
    const found = await fixture.verify();
    expect(found.isSound).toBe(false);
    expect(found.damages[0]).toMatchObject({ kind: 'entry_missing', leafIndex: 0 });
  });

  it('drops nothing for a caller of the function without a sealed event', async () => {
    await expect(
      fixture.ledger.database.query('SELECT prune_ledger_partitions(512)', [], 'app'),
    ).rejects.toThrow('does not say');
    await expect(
      fixture.ledger.database.query('SELECT prune_ledger_partitions(512)', [], 'sealer'),
    ).rejects.toThrow('permission denied');
  });
});

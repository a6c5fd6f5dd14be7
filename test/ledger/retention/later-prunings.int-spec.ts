import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DataSource } from 'typeorm';

import {
  EndedLogStore,
  examineReceipts,
  LedgerArchives,
  type Receipt,
} from '../../../src/ledger/index.js';
import { NewOrigin } from '../../../src/ledger/origin/new-origin.js';
import { originFolder } from '../../../src/ledger/origin/origin-folder.js';
import { ReceiptSigner } from '../../../src/ledger/receipt-signer.js';
import { LedgerArchive } from '../../../src/ledger/retention/archive.js';
import {
  appendLeaves,
  emptyFrontier,
  parseCheckpoint,
  rootOf,
  splitNote,
} from '../../../src/ledger/tree/index.js';
import { SimulatedClock } from '../../../src/platform/index.js';
import { FakeLedgerPolicy, origin } from '../ledger-fixture.js';
import { partition, RetentionFixture, year } from './retention-fixture.js';

const successor = 'test.example/ledger-2';

/** A log that has let its first partition go eight years ago. */
describe('after a first pruning', () => {
  let fixture: RetentionFixture;
  let receipts: Receipt[];

  beforeEach(async () => {
    fixture = await RetentionFixture.open();
    receipts = await fixture.fill(partition, { yearsAgo: 16, months: -1 });
    fixture.ledger.clock.advance(-8 * year);
    fixture.ids.months = 1;
    receipts.push(...(await fixture.record(3)));
    await fixture.seal();
    await fixture.commitToIndex();
    expect(await fixture.pruneAll()).toHaveLength(2);
    fixture.ids.months = 0;
    fixture.ledger.clock.advance(8 * year);
  });
  afterEach(() => fixture.close());

  const archiveOf = (range: string) => join(fixture.directory, originFolder(origin), range);
  const damages = async () =>
    (await fixture.verify(fixture.directory)).damages.map(({ kind, leafIndex }) => ({
      kind,
      leafIndex,
    }));

  describe('and a second one, which took the event of the first', () => {
    beforeEach(async () => {
      // Three notes, the commitment to the index and the event of the pruning stand there.
      await fixture.fill(partition - 5, { yearsAgo: 8, months: 1 });
      await fixture.fill(3, { yearsAgo: 0, months: 0 });
      await fixture.commitToIndex();
      expect(await fixture.pruneAll()).toHaveLength(2);
      expect(await fixture.prunings()).toHaveLength(1);
      expect(await fixture.firstEntry()).toBe(2 * partition);
    });

    it('still examines the first archive, which the second one names', async () => {
      expect(await damages()).toEqual([]);
      const file = join(archiveOf('0-512'), 'tile/entries/001');
      const good = await readFile(file);
      const bad = Buffer.from(good);
      bad[40] = (bad[40] ?? 0) ^ 1;
      await writeFile(file, bad);
      expect(await damages()).toEqual([{ kind: 'archive_changed', leafIndex: 256 }]);
      await writeFile(file, good);
      await rename(archiveOf('0-512'), archiveOf('away'));
      expect(await damages()).toEqual([
        { kind: 'archive_missing', leafIndex: 0 },
        { kind: 'archive_missing', leafIndex: 256 },
      ]);
    });

    it('misses both where the later archive is gone, as nothing else names the earlier', async () => {
      await rename(archiveOf('512-1024'), archiveOf('away'));
      expect((await damages()).map(({ leafIndex }) => leafIndex)).toEqual([0, 256, 512, 768]);
    });

    it('refuses another archive of the same entries in the place of the first', async () => {
      const path = join(archiveOf('0-512'), 'manifest');
      const manifest = await readFile(path, 'utf8');
      // As whoever has the log's key could sign it once more: with a second signature.
      const [line] = /— .*\n$/.exec(manifest) ?? [];
      await writeFile(path, `${manifest}${line ?? ''}`);
      expect(await damages()).toEqual([
        { kind: 'archive_changed', leafIndex: 0 },
        { kind: 'archive_changed', leafIndex: 256 },
      ]);
    });
  });

  describe('and the end of the log', () => {
    let kept: EndedLogStore;

    beforeEach(async () => {
      const { database, keys, keysDirectory, app } = fixture.ledger;
      await app.destroy();
      // The first partition was dropped; as the service makes it again, only a small one.
      await database.query(
        `SELECT create_ledger_partition('audit_entries', 'audit_entries_first', '0', '512')`,
        [],
        'owner',
      );
      const url = database.urls.owner.reveal();
      const owner = new DataSource({ type: 'postgres', url, poolSize: 1 });
      await owner.initialize();
      const { memoryPath } = fixture;
      const parts = { database: owner, keys, keysDirectory, memoryPath };
      const policy = new FakeLedgerPolicy();
      const clock = new SimulatedClock(new Date(Date.now() - 8 * year));
      await new NewOrigin({ ...parts, policy, clock }).begin(successor, origin);
      await owner.destroy();
      await app.initialize();
      kept = new EndedLogStore(keysDirectory);
      fixture.origin = successor;
      await fixture.seal();
    });

    it('verifies: prunings of the ended log say nothing of the new one', async () => {
      expect(await fixture.prunings()).toHaveLength(1);
      expect(await fixture.verify(fixture.directory)).toMatchObject({
        isSound: true,
        damages: [],
        pruned: 0,
      });
    });

    it('keeps the leaves of the entries that were pruned, from which its root follows', async () => {
      const lines = (await readFile(join(kept.directoryOf(origin), 'entries.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map(
          (line) =>
            JSON.parse(line) as { leafIndex: number; eventId: string | null; leafHash: string },
        );
      expect(lines.map(({ leafIndex }) => leafIndex)).toEqual(lines.map((_, index) => index));
      expect(lines.findIndex(({ eventId }) => eventId !== null)).toBe(partition);
      const ended = await kept.find(origin);
      const { treeSize, rootHash } = parseCheckpoint(splitNote(ended?.checkpoint ?? '').text);
      const leaves = lines.map(({ leafHash }) => Buffer.from(leafHash, 'base64'));
      expect(leaves).toHaveLength(treeSize);
      expect(rootOf(appendLeaves(emptyFrontier, leaves))).toEqual(rootHash);
    });

    it('lets the first entries of the new log go as well, beside the archive of the ended one', async () => {
      await expect(
        fixture.ledger.database.query('SELECT prune_ledger_partitions(512)', [], 'app'),
      ).rejects.toThrow('does not say');
      const [row] = await fixture.ledger.database.query<{ size: string }>(
        'SELECT tree_size AS size FROM sealer_progress',
      );
      await fixture.fill(partition - Number(row?.size), { yearsAgo: 8, months: 1 });
      fixture.ids.months = 2;
      await fixture.fill(3, { yearsAgo: 0, months: 2 });
      await fixture.commitToIndex();
      expect(await fixture.pruneAll()).toContain('audit_entries_first');
      expect(await fixture.firstEntry()).toBe(partition);
      expect(await fixture.verify(fixture.directory)).toMatchObject({
        isSound: true,
        damages: [],
        pruned: partition,
      });

      const old = await LedgerArchive.open(archiveOf('0-512'), {
        ...{ origin, keys: fixture.ledger.keys },
        verifiers: await kept.verifiers(),
      });
      await expect(old?.verify()).resolves.toBeUndefined();
    });

    it('holds receipts of the ended log against what is left of it, its archive too', async () => {
      const held = (receipt: Receipt | undefined) =>
        examineReceipts(fixture.reader, receipt ? [receipt] : [], {
          logs,
          archivesOf: (of) =>
            new LedgerArchives(fixture.directory, {
              ...{ origin: of, keys: fixture.ledger.keys },
              verifiers: logs,
            }),
        });
      const logs = [...fixture.signer.verifiers(), ...(await kept.verifiers())];
      expect(await held(receipts[0])).toEqual([]);
      expect(await held(receipts.at(-1))).toEqual([]);
      const id = '00000000-0000-7000-8000-000000000000';
      const { eventHash: hash = '', recordedAt = '' } = receipts[0] ?? {};
      const lost = new ReceiptSigner(fixture.ledger.keys, origin).sign({ id, hash, recordedAt });
      expect((await held(lost)).map(({ kind }) => kind)).toEqual(['receipt_broken']);
    });
  });
});

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { problemOf } from '../../../src/audit/prunings/pruning-runs.js';
import { AuditedTransaction, committed } from '../../../src/ledger/index.js';
import { partitionsMade } from '../../../src/ledger/ledger.events.js';
import { serviceActor, SimulatedClock } from '../../../src/platform/index.js';
import { Probity } from '../../support/app.js';

const path = '/v1/ledger/prunings';
const requestId = '7d0a2d0e-8b1f-4b62-9a54-0c8f6f1a2b03';
const year = 365 * 86_400_000;

describe('asking for expired entries to go', () => {
  let bank: Probity;
  let officer: string;

  beforeAll(async () => {
    bank = await Probity.open();
    officer = await bank.staff('compliance');
    await bank.eventually(async () => {
      const rows = await bank.database.query('SELECT FROM audit_entries WHERE leaf_index = 0');
      return rows.length === 1;
    });
  });
  afterAll(() => bank.close());

  const requests = () => bank.events('ledger.pruning_requested');

  it('is refused before the retention is over, with the date, and the refusal is an event', async () => {
    const [{ event } = { event: '{}' }] = await bank.database.query<{ event: string }>(
      `SELECT event FROM audit_events JOIN audit_entries ON event_id = id WHERE leaf_index = 0`,
    );
    const { recordedAt, retention } = JSON.parse(event) as {
      recordedAt: string;
      retention: { expiresAt: string };
    };
    const { status, body } = await bank.post(path, undefined, officer);
    expect([status, body.code]).toEqual([409, 'pruning.not_expired']);
    expect(body.detail).toBe(`Entry 0 is kept until ${retention.expiresAt}.`);
    expect(retention.expiresAt.slice(0, 10)).toBe(
      `${Number(recordedAt.slice(0, 4)) + 7}${recordedAt.slice(4, 10)}`,
    );
    expect((await requests()).at(-1)).toMatchObject({
      outcome: 'refused',
      code: 'pruning.not_expired',
      detail: { from: 0, keptUntil: retention.expiresAt },
    });
    expect(await bank.events('ledger.pruned')).toEqual([]);
  });

  it('is for compliance and administrators: auditors and customers are refused, and it is an event', async () => {
    expect((await bank.post(path, undefined, await bank.staff('admin'))).status).toBe(409);
    const before = (await requests()).length;
    const customer = await bank.signIn({ customerNumber: '100001', passcode: '246810' });
    for (const token of [await bank.staff('auditor'), customer]) {
      const { status, body } = await bank.post(path, undefined, token);
      expect([status, body.code]).toEqual([403, 'authority.denied']);
    }
    expect((await requests()).slice(before)).toEqual([
      expect.objectContaining({ outcome: 'refused', code: 'authority.denied' }),
      expect.objectContaining({ outcome: 'refused', code: 'authority.denied' }),
    ]);
    expect((await bank.post(path, undefined)).status).toBe(401);
  });

  it('names what else keeps a stretch, the nearest to a person first', () => {
    const open = { obstacle: 'open', at: null } as const;
    const held = { obstacle: 'held', at: 7 } as const;
    const free = { obstacle: null, at: null } as const;
    const lost = { leafIndex: 3, expiresAt: null };
    expect(problemOf(free, lost, true)?.extras.detail).toBe('Entry 3 is kept for good.');
    expect(problemOf(held, lost, true)?.code).toBe('pruning.not_expired');
    expect(problemOf(held, null, true)?.code).toBe('pruning.held');
    expect(problemOf(free, null, false)?.code).toBe('pruning.no_archive');
    expect(problemOf(open, null, true)?.code).toBe('pruning.not_ready');
    expect(problemOf(free, null, true)).toBeNull();
  });
});

describe('entries that have expired', () => {
  const clock = new SimulatedClock(new Date(Date.now() - 8 * year));
  let bank: Probity;
  let archives: string;

  /** The first 256 entries are eight years old and a partition of their own. */
  beforeAll(async () => {
    archives = await mkdtemp(join(tmpdir(), 'probity-archives-'));
    bank = await Probity.open({ clock, env: { PROBITY_ARCHIVE_DIR: archives } });
    const audited = bank.app.get(AuditedTransaction);
    await Promise.all(
      Array.from({ length: 300 }, () =>
        audited.run(serviceActor('spec', requestId), () =>
          Promise.resolve(committed({}, partitionsMade({ detail: { partitions: [] } }))),
        ),
      ),
    );
    await bank.eventually(async () => {
      const covering = await bank.database.query(
        'SELECT FROM audit_checkpoints WHERE tree_size > 300',
      );
      return covering.length > 0;
    });
    await bank.database.query(
      `BEGIN;
       ALTER TABLE audit_entries DETACH PARTITION audit_entries_000000;
       SELECT create_ledger_partition('audit_entries', 'audit_entries_first', '0', '256');
       SELECT create_ledger_partition('audit_entries', 'audit_entries_second', '256', '1048576');
       INSERT INTO audit_entries SELECT * FROM audit_entries_000000;
       DROP TABLE audit_entries_000000;
       COMMIT`,
      [],
      'owner',
    );
    clock.advance(Date.now() - clock.now().getTime());
  });
  afterAll(async () => {
    await bank.close();
    await rm(archives, { recursive: true, force: true });
  });

  it('are archived and named in the log once the index is committed and somebody asks; what follows is kept', async () => {
    const officer = await bank.staff('compliance');
    const early = await bank.post(path, undefined, officer);
    expect([early.status, early.body.code]).toEqual([409, 'pruning.not_ready']);

    await bank.post('/v1/ledger/index-commitments', undefined, officer);
    const once = { token: officer, headers: { 'idempotency-key': 'the-first-stretch' } };
    const { status, body } = await bank.post(path, undefined, once);
    expect([status, body.from, body.to]).toEqual([202, 0, 256]);
    expect((await bank.post(path, undefined, once)).body).toEqual(body);
    expect((await bank.events('ledger.pruning_requested')).at(-1)).toMatchObject({
      outcome: 'success',
      detail: { from: 0, to: 256, keptUntil: null },
    });
    const [pruned] = await bank.eventually(async () => {
      const events = await bank.events('ledger.pruned');
      return events.length > 0 ? events : null;
    });
    expect(pruned!.detail).toMatchObject({ from: 0, to: 256 });
    expect(await readdir(archives, { recursive: true })).toContainEqual(
      expect.stringMatching(/\/0-256$/),
    );

    const next = await bank.post(path, undefined, officer);
    expect([next.status, next.body.code]).toEqual([409, 'pruning.not_expired']);
  });
});

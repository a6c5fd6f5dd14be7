import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { JobQueue, SimulatedClock } from '../../../src/platform/index.js';
import { jane, Probity } from '../../support/app.js';

const hour = 3_600_000;
const day = 24 * hour;

describe('the daily review of the log', () => {
  // Noon in the institution's zone, so that a day further is a date further.
  const clock = new SimulatedClock(new Date(Math.floor(Date.now() / day) * day + 17 * hour));
  let bank: Probity;
  let published: string;

  beforeAll(async () => {
    published = await mkdtemp(join(tmpdir(), 'probity-published-'));
    bank = await Probity.open({ clock, env: { PROBITY_PUBLISHED_LOG: published } });
    await bank.get('/v1/ledger/events', await bank.signIn(jane));
  });
  afterAll(async () => {
    await bank.close();
    await rm(published, { recursive: true, force: true });
  });

  const reviews = async () =>
    (await bank.events('ledger.reviewed')).map(({ detail }) => detail as Record<string, unknown>);
  const runJobs = () => bank.app.get(JobQueue).runDue();
  const dayAfter = (date: unknown): string =>
    new Date(Date.parse(String(date)) + day).toISOString().slice(0, 10);

  it('says nothing of a log that began today', async () => {
    await runJobs();
    expect(await reviews()).toEqual([]);
  });

  it('tells once what the day before held, however many processes look', async () => {
    const recorded = await bank.eventually(async () => {
      const pending = await bank.database.query('SELECT FROM audit_pending');
      return pending.length === 0 ? bank.events() : null;
    });
    const ended = (how: string) => recorded.filter(({ outcome }) => outcome === how).length;
    expect(ended('refused')).toBe(1);
    clock.advance(day);
    const other = await bank.second();
    await Promise.all([runJobs(), other.app.get(JobQueue).runDue()]);
    await other.close();

    expect(await reviews()).toEqual([
      expect.objectContaining({
        events: recorded.length,
        refused: 1,
        failed: ended('failed'),
        unsealed: 0,
        treeSize: recorded.length,
        isWatched: true,
        faultsOpen: 0,
        firstIndex: 0,
        archivesMissing: 0,
        copies: [{ name: 'published', treeSize: null }],
      }),
    ]);
  });

  it('makes up for days that were missed, each with an event of its own that goes on from the last', async () => {
    clock.advance(3 * day);
    await runJobs();
    const [first, ...later] = await reviews();
    expect(later).toHaveLength(3);
    for (const [place, review] of later.entries()) {
      const before = [first, ...later][place]!;
      expect(review['day']).toBe(dayAfter(before['day']));
      expect(review['from']).toBe(before['to']);
    }
  });

  it('says how far the published log is, and takes nothing for one that this log did not sign', async () => {
    const [{ note } = { note: '' }] = await bank.database.query<{ note: string }>(
      'SELECT note FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1',
    );
    const copiesAfter = async (content: string) => {
      await writeFile(join(published, 'checkpoint'), content);
      clock.advance(day);
      await runJobs();
      return (await reviews()).at(-1)!['copies'];
    };
    const size = Number(note.split('\n')[1]);
    expect(size).toBeGreaterThan(0);
    expect(await copiesAfter(note)).toEqual([{ name: 'published', treeSize: size }]);
    expect(await copiesAfter(note.replace(`\n${size}\n`, `\n${size + 1}\n`))).toEqual([
      { name: 'published', treeSize: null },
    ]);
  });
});

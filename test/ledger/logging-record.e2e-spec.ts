import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { JobQueue } from '../../src/platform/index.js';
import { Probity } from '../support/app.js';

describe('the record of recording itself', () => {
  let bank: Probity;

  beforeAll(async () => {
    bank = await Probity.open();
  });
  afterAll(() => bank.close());

  const told = async () =>
    (await bank.events())
      .filter(({ type }) => type.startsWith('ledger.logging_'))
      .map(({ type, resource }) => [type, resource?.id]);

  it('says that a process began, and of the same process that it was told to end', async () => {
    const [[, first] = []] = await told();
    expect(await told()).toEqual([['ledger.logging_started', first]]);

    await bank.restart();
    const [, , [, second] = []] = await told();
    expect(await told()).toEqual([
      ['ledger.logging_started', first],
      ['ledger.logging_stopped', first],
      ['ledger.logging_started', second],
    ]);
    expect(second).not.toBe(first);
  });

  it('names each partition of the log once', async () => {
    const jobs = bank.app.get(JobQueue);
    await jobs.runDue();
    await jobs.runDue();
    const named = async () =>
      (await bank.events('ledger.partitions_made')).map(({ detail }) => detail['partitions']);
    const standing = await bank.database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
       WHERE inhparent IN ('audit_events'::regclass, 'audit_entries'::regclass) ORDER BY relname`,
    );
    expect(standing.length).toBeGreaterThan(4);
    expect(await named()).toEqual([standing.map(({ name }) => name)]);

    await bank.database.query(
      `SELECT create_ledger_partition('audit_entries', 'audit_entries_spec', '90000000', '90000256')`,
      [],
      'owner',
    );
    await jobs.runDue();
    expect((await named()).slice(1)).toEqual([['audit_entries_spec']]);
  });
});

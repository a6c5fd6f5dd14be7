import { setTimeout as sleep } from 'node:timers/promises';

import { EndedLogStore } from '../../../src/ledger/index.js';
import { LogOriginCheck } from '../../../src/ledger/origin/log-origin-check.js';
import { startChild } from '../../support/child-process.js';
import { origin } from '../ledger-fixture.js';
import { RetentionFixture } from '../retention/retention-fixture.js';

const successor = 'test.example/ledger-2';
const events = 300;
const stepMilliseconds = 20;

/** Killed without a warning, a little later each time, until a run comes to its end before. */
it('has changed nothing or begun the new log, however often it is killed meanwhile', async () => {
  const fixture = await RetentionFixture.open();
  try {
    await fixture.fill(events, { yearsAgo: 0, months: 0 });
    await fixture.ledger.app.destroy();
    const { keysDirectory, database } = fixture.ledger;
    const parameters = [database.urls.owner.reveal(), keysDirectory, successor, origin];
    const begin = () =>
      startChild('test/ledger/origin/new-origin-process.ts', { env: {}, parameters });
    const starts = async (name: string) =>
      new LogOriginCheck(name, fixture.memoryPath, fixture.reader).onModuleInit().then(
        () => true,
        () => false,
      );
    const inForce = async () => {
      const [row] = await database.query<{ origin: string }>(
        `SELECT split_part(note, E'\n', 1) AS origin FROM audit_checkpoints
         ORDER BY tree_size DESC LIMIT 1`,
      );
      return row?.origin;
    };

    const found = new Set<string>();
    let hasEnded = false;
    for (let kill = 0; !hasEnded; kill += 1) {
      const child = begin();
      await child.waitFor(/begins/);
      await sleep(kill * stepMilliseconds);
      await child.end('SIGKILL');
      const name = await inForce();
      expect([origin, successor]).toContain(name);
      found.add(name ?? '');
      hasEnded = child.output.includes('began');
      // No service ever starts under the origin that is not that of the log.
      expect(await starts(name === origin ? successor : origin)).toBe(false);
      if (name === origin) {
        expect(await starts(origin)).toBe(true);
        expect(await fixture.verify()).toMatchObject({ isSound: true, treeSize: events });
      }
    }
    expect(found).toContain(origin);

    expect(await starts(successor)).toBe(true);
    fixture.origin = successor;
    await fixture.seal();
    expect(await fixture.verify()).toMatchObject({
      isSound: true,
      damages: [],
      treeSize: events + 1,
      pending: 0,
    });
    expect(await new EndedLogStore(keysDirectory).find(origin)).toMatchObject({
      treeSize: events,
      successor,
    });
    await fixture.ledger.app.initialize();
  } finally {
    await fixture.close();
  }
});

import { setTimeout as sleep } from 'node:timers/promises';

import { originFolder } from '../../../src/ledger/origin/origin-folder.js';
import { LedgerArchive } from '../../../src/ledger/retention/archive.js';
import { startChild } from '../../support/child-process.js';
import { origin } from '../ledger-fixture.js';
import { partition, RetentionFixture } from './retention-fixture.js';

const stepMilliseconds = 40;

/** Killed without a warning, a little later each time, until a run comes to its end before. */
it('prunes once and loses nothing, however often it is killed meanwhile', async () => {
  const fixture = await RetentionFixture.open();
  try {
    await fixture.fill(partition, { yearsAgo: 8, months: -1 });
    await fixture.fill(3, { yearsAgo: 0, months: 0 });
    await fixture.commitToIndex();
    const { app, reader } = fixture.ledger.database.urls;
    const parameters = [
      ...[app.reveal(), reader.reveal()],
      ...[fixture.ledger.keysDirectory, fixture.directory],
    ];
    const begin = () =>
      startChild('test/ledger/retention/retention-process.ts', { env: {}, parameters });

    let hasEnded = false;
    for (let kill = 0; !hasEnded; kill += 1) {
      const child = begin();
      await child.waitFor(/begins/);
      await sleep(kill * stepMilliseconds);
      await child.end('SIGKILL');
      hasEnded = child.output.includes('dropped 2');
      await fixture.seal();
      const first = await fixture.firstEntry();
      expect([0, partition]).toContain(first);
      expect(await fixture.verify(first === 0 ? null : fixture.directory)).toMatchObject({
        isSound: true,
        damages: [],
      });
    }

    expect(await fixture.firstEntry()).toBe(partition);
    expect(await fixture.prunings()).toHaveLength(1);
    const found = await fixture.verify(fixture.directory);
    expect(found).toMatchObject({ isSound: true, damages: [], pruned: partition });
    const path = `${fixture.directory}/${originFolder(origin)}/0-${partition}`;
    const archive = await LedgerArchive.open(path, fixture.trust());
    const read: number[] = [];
    for await (const entry of archive?.entries() ?? []) {
      read.push((JSON.parse(entry.toString()) as { index: number }).index);
    }
    expect(read).toEqual(Array.from({ length: partition }, (_, index) => index));
  } finally {
    await fixture.close();
  }
});

import { setTimeout as sleep } from 'node:timers/promises';

import { committed, refused } from '../../src/ledger/index.js';
import { connectLedger, noteTaken, testProblems } from './ledger-fixture.js';

const workers = 6;
const pauseMillisecondsMax = 4;
const longMilliseconds = 400;

/** A writer alone in a process, to be killed. Parameters: app URL, keys folder, number of events. */
const [url = '', keysDirectory = '', count = '0'] = process.argv.slice(2);
const { app, audited, actor } = await connectLedger(url, keysDirectory);
let left = Number(count);

async function writeOne(chance: number): Promise<void> {
  await audited
    .run(actor, async (tx) => {
      if (chance < 0.1) throw new Error('rolled back on purpose');
      if (chance < 0.12) {
        await tx.query('SELECT 1');
        await sleep(longMilliseconds);
      }
      const event = noteTaken({ detail: { text: 'soak' } });
      if (chance < 0.2) return refused(testProblems['test.refused'](), event);
      return committed({}, event, ...(chance < 0.3 ? [event] : []));
    })
    .then(
      ({ receipt }) => process.stdout.write(`ack ${receipt.eventId}\n`),
      () => undefined,
    );
}

await Promise.all(
  Array.from({ length: workers }, async () => {
    while (left > 0) {
      left -= 1;
      await sleep(Math.random() * pauseMillisecondsMax);
      await writeOne(Math.random());
    }
  }),
);
process.stdout.write('done\n');
await app.destroy();

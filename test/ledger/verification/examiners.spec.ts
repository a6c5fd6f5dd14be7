import { type Examiners, startExaminers } from '../../../src/ledger/verification/examiners.js';
import { LogUnreachable } from '../../../src/ledger/verification/tile-reader.js';

const range = { first: 0, beyond: 256 };

describe('the threads that examine a log', () => {
  let examiners: Examiners | null = null;
  afterEach(() => examiners?.close());

  function start(program: string): Examiners {
    examiners = startExaminers(new URL(`data:text/javascript,${encodeURIComponent(program)}`), {
      kind: 'directory',
      at: '/nowhere',
    });
    return examiners;
  }
  const onAsked = (answer: string): string =>
    `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { ${answer} });`;

  it('tell a log that cannot be read from other faults', async () => {
    const saying = (fault: object) =>
      start(onAsked(`parentPort.postMessage(${JSON.stringify(fault)})`)).examine(range);
    const silent = saying({ fault: 'silence', isUnreachable: true });
    await expect(silent).rejects.toThrow(new LogUnreachable('silence'));
    await expect(silent).rejects.toBeInstanceOf(LogUnreachable);
    await examiners?.close();
    await expect(saying({ fault: 'bug', isUnreachable: false })).rejects.not.toBeInstanceOf(
      LogUnreachable,
    );
  });

  it('leave nobody waiting where one ends, whenever it was asked', async () => {
    const ending = start(onAsked('process.exit(3)'));
    const asked = Array.from({ length: ending.parallelism }, () => ending.examine(range));
    for (const answer of await Promise.allSettled(asked)) {
      expect(answer).toMatchObject({ status: 'rejected' });
    }
    await expect(ending.examine(range)).rejects.toThrow('A thread ended with 3');
  });

  it('leave nobody waiting where one breaks as it starts', async () => {
    const broken = start('throw new Error("broken")');
    await expect(broken.examine(range)).rejects.toThrow('broken');
    await expect(broken.examine(range)).rejects.toThrow();
  });
});

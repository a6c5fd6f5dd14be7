import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';

import { startChild } from '../support/child-process.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { makeOpenFolder } from '../support/temporary-folder.js';

describe('npm run demo', () => {
  let folder: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await makeOpenFolder('probity-demo-');
    service = await startServiceProcess(folder);
  });
  afterAll(async () => {
    await service.child.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  it('plays the dialogues against a running instance, the ledger and its verification too', async () => {
    const demo = startChild('scripts/demo.ts', {
      env: { PROBITY_DATA_DIR: folder },
      parameters: [service.url],
    });
    expect([await demo.ended(), demo.output]).toEqual([0, expect.stringContaining('2,450.32 USD')]);
    expect(demo.output).toContain('card-block: applied');
    expect(demo.output).toContain('vote of the agent → 403 approval.own_request');
    expect(demo.output).toContain('vote of the lead → 201 approved and executed');
    expect(demo.output).toContain('account.balance_disclosed,,,,1,');
    expect(demo.output).toContain('The ledger is as it was written.');
  });
});

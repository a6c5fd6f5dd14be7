import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

import { CoreBanking } from '../../../src/banking/index.js';
import { Case } from '../../../src/cases/case.entity.js';
import { Containment } from '../../../src/cases/containment/containment.entity.js';
import { ContainmentEffects } from '../../../src/cases/containment/containment-effects.js';
import { AppDatabase, JobQueue, serviceActor } from '../../../src/platform/index.js';
import { jane, Probity, type Reply } from '../../support/app.js';

describe('A block that the bank completes late', () => {
  let probity: Probity;
  let bank: Client;
  let analyst: string;

  beforeAll(async () => {
    probity = await Probity.open();
    bank = new Client({ connectionString: probity.database.urls.bankSuperuser.reveal() });
    await bank.connect();
    analyst = await probity.staff('fraud');
  });
  afterAll(async () => {
    await bank.end();
    await probity.close();
  });

  async function report(): Promise<{ path: string; containmentId: string }> {
    const { body } = await probity.post(
      '/v1/cases',
      { type: 'fraud' },
      { token: await probity.signIn(jane), headers: { 'Idempotency-Key': randomUUID() } },
    );
    const path = `/v1/cases/${body.case.id as string}/containments`;
    return { path, containmentId: body.containment.id as string };
  }

  function release(of: { path: string; containmentId: string }): Promise<Reply> {
    return probity.post(`${of.path}/${of.containmentId}/release`, undefined, analyst);
  }

  async function standingBlocks(): Promise<number> {
    const { rows } = await bank.query('SELECT 1 FROM bank.card_blocks WHERE released_at IS NULL');
    return rows.length;
  }

  it('while it was being released ends released, and the card is open', async () => {
    await bank.query('BEGIN');
    await bank.query('LOCK TABLE bank.card_blocks IN SHARE MODE');
    const asked = await report();
    const requested = await release(asked);
    await bank.query('ROLLBACK');
    expect([requested.status, requested.body.containment.state]).toEqual([201, 'requested']);
    const state = await probity.eventually(async () => {
      await probity.app.get(JobQueue).runDue();
      const { body } = await probity.get(asked.path, analyst);
      return body.items[0].state === 'released' && (body.items[0].state as string);
    });
    expect(state).toBe('released');
    expect(await standingBlocks()).toBe(0);
  });

  it('after its release settled is undone, also by a bank that took it', async () => {
    const asked = await report();
    expect((await release(asked)).body.containment.state).toBe('released');
    // As at a bank that has forgotten the release.
    await bank.query('DELETE FROM bank.card_blocks');
    const { manager } = probity.app.get(AppDatabase);
    const containment = await manager.findOneByOrFail(Containment, { id: asked.containmentId });
    const about = await manager.findOneByOrFail(Case, { id: containment.caseId });
    const [card] = await probity.app.get(CoreBanking).listCards(jane.customerNumber);
    const actor = serviceActor('containments', randomUUID());
    await probity.app.get(ContainmentEffects).block(actor, { containment, about }, card!);
    expect(await standingBlocks()).toBe(0);
  });
});

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

import { CoreBanking } from '../../src/banking/index.js';
import { jane, Probity } from '../support/app.js';

describe('Reading a case while the bank is silent', () => {
  let probity: Probity;
  let bank: Client;

  beforeAll(async () => {
    probity = await Probity.open();
    bank = new Client({ connectionString: probity.database.urls.bankSuperuser.reveal() });
    await bank.connect();
  });
  afterAll(async () => {
    await bank.end();
    await probity.close();
  });

  it('is answered before the bank’s own time is over', async () => {
    const token = await probity.signIn(jane);
    const headers = { 'Idempotency-Key': randomUUID() };
    const paths = [];
    for (const type of ['fraud', 'dispute']) {
      const { body } = await probity.post('/v1/cases', { type }, { token, headers });
      headers['Idempotency-Key'] = randomUUID();
      paths.push(`/v1/cases/${body.case.id as string}`);
    }
    await bank.query('BEGIN');
    await bank.query('LOCK TABLE bank.customers');
    const silence = probity.app
      .get(CoreBanking)
      .findCustomer(jane.customerNumber)
      .catch(() => 'silent');
    const answers = Promise.all([
      probity.get(paths[0] ?? '', token),
      probity.get(`${paths[1] ?? ''}/deadlines`, token),
    ]);
    const first = await Promise.race([silence, answers.then(() => 'answered')]);
    await bank.query('ROLLBACK');
    expect(first).toBe('answered');
    const [read, clocks] = await answers;
    expect([read.status, read.body.phone, clocks.status]).toEqual([200, null, 200]);
  });
});

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, Probity, type Reply } from '../../support/app.js';

describe('Releasing a containment', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('happens for the version of the case that If-Match names, and for no other', async () => {
    const token = await probity.signIn(jane);
    const opened = await probity.post(
      '/v1/cases',
      { type: 'fraud' },
      { token, headers: { 'Idempotency-Key': randomUUID() } },
    );
    const path = `/v1/cases/${opened.body.case.id as string}`;
    const analyst = await probity.staff('fraud');
    const etag = (await probity.get(path, analyst)).headers.get('etag') ?? '';
    const containmentId = opened.body.containment.id as string;
    const release = (ifMatch: string): Promise<Reply> =>
      probity.post(`${path}/containments/${containmentId}/release`, undefined, {
        token: analyst,
        headers: { 'If-Match': ifMatch },
      });

    for (const stale of ['"999"', `W/${etag}`]) {
      const { status, body } = await release(stale);
      expect([status, body.code]).toEqual([412, 'case.changed']);
    }
    expect(await probity.events('containment.release_refused')).toMatchObject([
      { outcome: 'refused', code: 'case.changed' },
      { outcome: 'refused', code: 'case.changed' },
    ]);
    const released = await release(etag);
    expect([released.status, released.body.containment?.state]).toEqual([201, 'released']);
  });
});

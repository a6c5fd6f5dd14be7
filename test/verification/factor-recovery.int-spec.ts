import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { People, type Reply } from '../identity/people.js';
import { VerifiedPerson } from './verified-person.js';

const halfMinute = 30_000;

describe('Recovering lost factors by staff', () => {
  let people: People;
  let jane: VerifiedPerson;

  beforeAll(async () => {
    people = await People.open();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    jane = await VerifiedPerson.open(people);
    await people.turnPage();
  });

  /** A step of their TOTP signs a member of staff in once. */
  async function staff(name: string): Promise<string> {
    people.clock.advance(halfMinute);
    return (await people.signInStaff(name)).body.accessToken as string;
  }
  async function request(
    name: string,
    customerNumber = jane.customer.customerNumber,
  ): Promise<Reply> {
    return people.call('POST', '/v1/factor-recoveries', {
      token: await staff(name),
      body: { customerNumber, proofing: 'video' },
      headers: { 'probity-purpose': 'factor-change' },
    });
  }
  async function vote(name: string, id: string, decision = 'approve'): Promise<Reply> {
    return people.call('POST', `/v1/approval-requests/${id}/votes`, {
      token: await staff(name),
      body: { decision, reason: 'Seen on video with their passport' },
      headers: { 'idempotency-key': `${name}-${id}` },
    });
  }
  const codeSent = async (): Promise<string | undefined> =>
    (await people.outbox(jane.customer.email))
      .map(({ text }) => /code is ([A-Z2-7-]{27})/.exec(text)?.[1])
      .find((code) => code !== undefined);

  it('takes two persons, tells the customer, and issues one code that is good once', async () => {
    const asked = await request('agent');
    expect(asked).toMatchObject({
      status: 202,
      body: {
        recovery: { state: 'awaiting_approval' },
        approvalRequest: { level: 'L2', rule: 'factor-recovery.two-persons' },
      },
    });
    expect((await people.outbox(jane.customer.phone))[0]!.text).toContain('recover access');
    expect(await codeSent()).toBeUndefined();

    const voted = await vote('lead', asked.body.approvalRequest.id as string);
    expect(voted).toMatchObject({ status: 201, body: { state: 'executed', amount: null } });
    const code = (await codeSent())!;
    jane = await jane.again();
    expect((await jane.mayChangeFactors({ method: 'recovery-code', code })).body.acr).toBe('aal2');
    expect((await jane.enrol('totp')).status).toBe(201);
    const again = await jane.again();
    expect((await again.prove({ method: 'recovery-code', code })).status).toBe(401);
    expect((await people.events('factor_recovery.')).map(({ type }) => type)).toEqual([
      'factor_recovery.requested',
      'factor_recovery.settled',
      'factor_recovery.issued',
    ]);
    expect(JSON.stringify(await people.events())).not.toContain(code.slice(0, 13));
  });

  it('is approved by nobody who asked for it, nor by an agent', async () => {
    const own = await request('lead');
    const id = own.body.approvalRequest.id as string;
    expect((await vote('lead', id)).body.code).toBe('approval.own_request');
    expect((await vote('agent', id)).status).toBe(403);
    expect(await codeSent()).toBeUndefined();
  });

  it('issues nothing once it was rejected; then it can be asked for again', async () => {
    const first = await request('agent');
    expect((await request('agent')).body.code).toBe('factor_recovery.waiting');
    await vote('lead', first.body.approvalRequest.id as string, 'reject');
    expect(await codeSent()).toBeUndefined();
    expect((await request('agent')).status).toBe(202);
  });

  it('issues a code that is good for a day and no longer', async () => {
    const asked = await request('agent');
    await vote('lead', asked.body.approvalRequest.id as string);
    const code = (await codeSent())!;
    people.clock.advance(24 * 60 * 2 * halfMinute);
    jane = await jane.again();
    expect((await jane.prove({ method: 'recovery-code', code })).status).toBe(401);
  });

  it('is refused for nobody, and to whoever has no part in it', async () => {
    expect((await request('agent', 'nobody-known')).body.code).toBe('resource.not_found');
    expect((await request('auditor')).body.code).toBe('authority.denied');
    expect(await people.events('factor_recovery.refused')).toHaveLength(2);
  });
});

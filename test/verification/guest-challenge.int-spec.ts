import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';

import { People, type Reply } from '../identity/people.js';
import { guestOf } from './verified-person.js';

const minute = 60_000;

describe('challenges of guests', () => {
  let people: People;
  let jane: ReturnType<People['newCustomer']>;
  let guest: string;

  beforeAll(async () => {
    people = await People.open();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    jane = people.newCustomer();
    guest = await newGuest();
    await people.turnPage();
  });

  const newGuest = (): Promise<string> => guestOf(people);

  const open = (customerNumber: string, token = guest): Promise<Reply> =>
    people.post('/v1/challenges', { method: 'sms', purpose: 'fraud', customerNumber }, token);
  const attempt = (id: string, code: string, token = guest): Promise<Reply> =>
    people.post(`/v1/challenges/${id}/attempts`, { code }, token);

  it('answer alike whether the customer exists or not, and show no destination', async () => {
    const known = await open(jane.customerNumber);
    const unknown = await open('999999', await newGuest());
    expect(known.status).toBe(201);
    expect(known.body).not.toHaveProperty('destination');
    expect(comparable(unknown)).toEqual(comparable(known));
    expect(await people.outbox(jane.phone)).toHaveLength(1);

    const wrong = await attempt(known.body.id, 'wrong');
    expect(comparable(await attempt(unknown.body.id, 'wrong', guest))).toMatchObject({
      status: 404,
    });
    expect(wrong.status).toBe(401);
  });

  it('refuse codes alike, event for event, whether the customer exists or not', async () => {
    const other = await newGuest();
    const known = await open(jane.customerNumber);
    const unknown = await open('999998', other);
    const replies = [
      await attempt(known.body.id, '000000'),
      await attempt(unknown.body.id, '000000', other),
    ];
    expect(comparable(replies[1]!)).toEqual(comparable(replies[0]!));
    const [one, two] = await people.events('verification.challenge_failed');
    expect(two!.event.detail).toEqual(one!.event.detail);
  });

  it('limit sends alike, whether the customer exists or not', async () => {
    for (const number of [jane.customerNumber, '999997']) {
      const statuses: number[] = [];
      for (let sent = 0; sent < 4; sent += 1)
        statuses.push((await open(number, await newGuest())).status);
      expect(statuses).toEqual([201, 201, 201, 429]);
    }
  });

  it('reach aal1 with the right code, and no more', async () => {
    const { body } = await open(jane.customerNumber);
    const verified = await attempt(body.id, await people.newestCode(jane.phone));
    expect(verified.body).toMatchObject({ status: 'verified', acr: 'aal1' });
    expect(decodeJwt(verified.body.accessToken)).toMatchObject({
      kind: 'guest',
      acr: 'aal1',
      amr: ['sms'],
    });
    expect((await people.get('/v1/authenticators', verified.body.accessToken)).status).toBe(401);
  });

  it('never lock the account: its owner keeps every attempt', async () => {
    for (let round = 0; round < 3; round += 1) {
      const token = await newGuest();
      const { body } = await open(jane.customerNumber, token);
      for (let guess = 0; guess < 6; guess += 1)
        await attempt(body.id, `00000${String(guess)}`, token);
    }
    const { token } = await people.signIn(jane);
    const own = await people.post('/v1/challenges', { method: 'sms', purpose: 'fraud' }, token);
    expect(own.body.attemptsLeft).toBe(5);
    expect((await attempt(own.body.id, await people.newestCode(jane.phone), token)).status).toBe(
      200,
    );
  });

  it('share one budget for a number, whoever claims it', async () => {
    const { body: first } = await open(jane.customerNumber);
    for (let guess = 0; guess < 5; guess += 1) await attempt(first.id, 'wrong');
    const other = await newGuest();
    const { body: second } = await open(jane.customerNumber, other);
    // What is left is not the claimer's to know: it would tell of a number that others attack.
    expect(second.attemptsLeft).toBe(5);
    expect((await attempt(second.id, '123456', other)).status).toBe(401);
  });

  it('are sent again to the number that was claimed', async () => {
    const { body } = await open(jane.customerNumber);
    // Delivered first: a code that still waits when it is replaced never leaves.
    expect(await people.outbox(jane.phone)).toHaveLength(1);
    people.clock.advance(minute);
    expect(
      (await people.call('POST', `/v1/challenges/${body.id as string}/resend`, { token: guest }))
        .status,
    ).toBe(200);
    expect(await people.outbox(jane.phone)).toHaveLength(2);
    expect((await attempt(body.id, await people.newestCode(jane.phone))).status).toBe(200);
  });

  it('need the number, and keep it nowhere in clear', async () => {
    const missing = await people.post('/v1/challenges', { method: 'sms', purpose: 'fraud' }, guest);
    expect(missing).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/customerNumber' }] },
    });
    await open(jane.customerNumber);
    const [row] = await people.database.query<{ all: string }>(
      `SELECT string_agg(c::text, '') || (SELECT string_agg(e::text, '') FROM audit_events e) AS all FROM challenges c`,
    );
    // As a word: six digits in a row come by chance in any hash.
    expect(row!.all).not.toMatch(
      new RegExp(`(?<![0-9a-zA-Z])${jane.customerNumber}(?![0-9a-zA-Z])`),
    );
  });

  it('are asked for with a token: nobody at all has none', async () => {
    const { status } = await people.post(
      '/v1/challenges',
      { method: 'sms', purpose: 'fraud', customerNumber: '1' },
      undefined,
    );
    expect(status).toBe(401);
  });

  it('last a day with their token', async () => {
    people.clock.advance(23 * 60 * minute);
    expect((await open(jane.customerNumber)).status).toBe(201);
    people.clock.advance(61 * minute);
    expect((await open(jane.customerNumber)).status).toBe(401);
  });
});

/** An answer without what differs for each request or challenge. */
function comparable({ status, body }: Reply): object {
  const {
    instance: _instance,
    requestId: _requestId,
    id: _id,
    receipt: _receipt,
    ...rest
  } = body as Record<string, unknown>;
  return { status, rest };
}

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';

import { People, type Reply } from '../identity/people.js';
import { VerifiedPerson } from './verified-person.js';

const minute = 60_000;

describe('Protecting an account', () => {
  let people: People;
  let jane: VerifiedPerson;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    jane = await VerifiedPerson.open(people);
    await people.turnPage();
  });

  const look = (token: string, instance = 0): Promise<Reply> =>
    people.call('GET', '/v1/authenticators', { token, instance });
  const protect = (token: string): Promise<Reply> =>
    people.post('/v1/customer-sessions/suspicious-activity', undefined, token);
  const staff = async (name: string): Promise<string> =>
    (await people.signInStaff(name)).body.accessToken as string;
  const release = async (name: string, customerNumber: string, purpose = 'account-access') => {
    // A step of their TOTP signs them in once.
    people.clock.advance(minute / 2);
    return people.call('POST', '/v1/lockout-releases', {
      token: await staff(name),
      body: { customerNumber, proofing: 'call-back' },
      headers: { 'probity-purpose': purpose },
    });
  };

  async function failTenTimes(): Promise<void> {
    for (const purpose of ['dispute', 'statement']) {
      const { body } = await jane.ask({ purpose });
      const code = Number(await people.newestCode(jane.customer.phone));
      for (let guess = 1; guess <= 5; guess += 1) {
        await jane.attempt(body.id, String((code + guess) % 1_000_000).padStart(6, '0'));
      }
    }
  }

  it('signs a customer out on every instance at once', async () => {
    expect((await look(jane.token, 1)).status).toBe(200);
    const out = await people.call('DELETE', '/v1/customer-sessions/current', { token: jane.token });
    expect(out.status).toBe(200);
    for (const instance of [0, 1]) {
      expect(await look(jane.token, instance)).toMatchObject({
        status: 401,
        body: { code: 'token.invalid' },
      });
    }
    expect((await people.events('session.')).map(({ type }) => type)).toEqual(['session.ended']);
  });

  it('ends other sessions on suspicious activity, and asks this one for verification anew', async () => {
    const [thief, juan] = [await jane.again(), await VerifiedPerson.open(people)];
    const first = jane.token;
    await jane.mayChangeFactors();
    const verified = jane.token;

    const { status, body } = await protect(verified);
    expect(status).toBe(200);
    expect(body).toMatchObject({ acr: 'aal1', endedSessions: 1 });
    expect(decodeJwt(body.accessToken)).toMatchObject({ acr: 'aal1', amr: ['pin'] });
    expect((await look(thief.token, 1)).status).toBe(401);
    expect((await look(verified, 1)).status).toBe(401);
    expect((await look(body.accessToken, 1)).status).toBe(200);
    expect((await look(first)).status).toBe(200);
    expect((await look(juan.token)).status).toBe(200);
    // What a code earned before is gone; a fresh one earns it again.
    jane.token = body.accessToken as string;
    await jane.prove();
    expect((await jane.enrol('totp')).status).toBe(401);
    await jane.mayChangeFactors();
    expect((await jane.enrol('totp')).status).toBe(201);
    expect(await people.events('session.protected')).toHaveLength(1);
    expect(await people.events('verification.grant_voided')).toHaveLength(1);
  });

  it('leaves a factor that an intruder began to enrol to nobody who has the bank’s login alone', async () => {
    const thief = await jane.again();
    await thief.mayChangeFactors();
    const { body } = await thief.enrol('totp');
    const secret = new URL(body.otpauthUri as string).searchParams.get('secret')!;
    expect((await protect(jane.token)).status).toBe(200);

    const back = await thief.again();
    const confirmed = await back.confirm(body.id as string, await people.totp(secret));
    expect(confirmed).toMatchObject({ status: 401, body: { code: 'assurance.insufficient' } });
    const { body: chosen } = await back.ask({ method: 'totp' });
    expect(chosen.code).toBe('challenge.method_unavailable');
  });

  it('keeps a verified session going while the account is locked', async () => {
    await jane.prove();
    await failTenTimes();
    expect(await people.events('verification.locked')).toHaveLength(1);
    expect((await look(jane.token)).status).toBe(200);
  });

  it('lets a person with responsibility end a lock, and tells of it', async () => {
    await failTenTimes();
    expect(await release('lead', jane.customer.customerNumber)).toMatchObject({
      status: 201,
      body: { wasLocked: true, failures: 10 },
    });
    people.clock.advance(4 * minute);
    await look(jane.token);
    jane.token = (await people.refreshed(jane.customer)).token;
    people.clock.advance(2 * minute);
    expect((await jane.prove({ purpose: 'fraud' })).status).toBe(200);
    const [event] = await people.events('verification.lockout_released');
    expect(event!.event).toMatchObject({
      purpose: 'account-access',
      detail: { wasLocked: true, failures: 10, proofing: 'call-back' },
    });
  });

  it('lets nobody else end a lock, nor for another purpose, nor of nobody', async () => {
    const { customerNumber } = jane.customer;
    expect(await release('agent', customerNumber)).toMatchObject({
      status: 403,
      body: { code: 'authority.denied' },
    });
    expect((await release('lead', customerNumber, 'audit')).body.code).toBe('purpose.not_allowed');
    expect((await release('lead', 'nobody-known')).body.code).toBe('resource.not_found');
    expect(await people.events('verification.lockout_release_refused')).toHaveLength(3);
  });
});

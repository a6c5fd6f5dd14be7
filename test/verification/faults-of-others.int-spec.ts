import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { parseMoney } from '../../src/platform/index.js';
import type { GrantUse } from '../../src/verification/index.js';
import { People, type Reply } from '../identity/people.js';
import { takeGrant } from './take-grant.js';
import { guestOf, VerifiedPerson } from './verified-person.js';

const second = 1000;
const minute = 60 * second;

// Each is a fault that somebody shipped. The sentence says what holds here instead.
describe('Faults that others shipped', () => {
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

  const wrong = (code: string, nth = 1): string =>
    String((Number(code) + nth) % 1_000_000).padStart(6, '0');

  async function open(proof: Parameters<VerifiedPerson['ask']>[0] = {}) {
    const { body } = await jane.ask(proof);
    const address = proof.method === 'email' ? jane.customer.email : jane.customer.phone;
    return { id: body.id as string, code: await people.newestCode(address) };
  }

  async function fail(times: number, proof: Parameters<VerifiedPerson['ask']>[0] = {}) {
    const { id, code } = await open(proof);
    for (let nth = 1; nth <= times; nth += 1) await jane.attempt(id, wrong(code, nth));
    return { id, code };
  }

  it('no limit on attempts: after five wrong codes the right one is refused', async () => {
    const { id, code } = await fail(5);
    expect((await jane.attempt(id, code)).status).toBe(401);
  });

  it('a limit for each method: another method finds the attempts that are left, not new ones', async () => {
    const { secret } = await jane.withTotp();
    people.clock.advance(minute);
    await fail(3);
    const { body } = await jane.ask({ method: 'totp' });
    expect(body.attemptsLeft).toBe(2);
    const code = await people.totp(secret);
    for (const nth of [1, 2]) await jane.attempt(body.id, wrong(code, nth));
    expect((await jane.attempt(body.id, code)).status).toBe(401);
  });

  it('a budget refilled by a resend or a new sign-in: neither gives an attempt back', async () => {
    const { id } = await fail(2);
    people.clock.advance(minute);
    const resent = await people.post(`/v1/challenges/${id}/resend`, {}, jane.token);
    expect(resent.body.attemptsLeft).toBe(3);
    jane = await jane.again();
    expect((await jane.ask()).body.attemptsLeft).toBe(3);
  });

  it('a budget refilled by a weaker method: a right code by mail buys no guesses at the phone', async () => {
    const { secret } = await jane.withTotp();
    people.clock.advance(minute);
    await fail(4);
    expect((await jane.prove({ method: 'email' })).status).toBe(200);
    const { body } = await jane.ask({ method: 'totp' });
    expect(body.attemptsLeft).toBe(1);
    await jane.attempt(body.id, wrong(await people.totp(secret)));
    expect((await jane.attempt(body.id, await people.totp(secret))).status).toBe(401);
  });

  it('a lock refilled by a weaker method: the tenth failure locks, whatever mail came between', async () => {
    await fail(4, { purpose: 'dispute' });
    await jane.prove({ method: 'email', purpose: 'dispute' });
    people.clock.advance(5 * minute + second);
    jane = await jane.again();
    await fail(5, { purpose: 'statement' });
    expect(await people.events('verification.locked')).toHaveLength(0);
    expect((await jane.prove({ method: 'email', purpose: 'fraud' })).status).toBe(200);
    const { id, code } = await open({ purpose: 'payment' });
    await jane.attempt(id, wrong(code));
    expect(await people.events('verification.locked')).toHaveLength(1);
    expect((await jane.attempt(id, code)).status).toBe(401);
  });

  it('a limit by address only: attempts from many addresses count together for the account', async () => {
    const { id, code } = await open();
    for (let nth = 1; nth <= 5; nth += 1) {
      await people.call('POST', `/v1/challenges/${id}/attempts`, {
        token: jane.token,
        body: { code: wrong(code, nth) },
        headers: { 'x-forwarded-for': `203.0.113.${String(nth)}` },
      });
    }
    expect((await jane.attempt(id, code)).status).toBe(401);
  });

  it('a lock on sending only: a code that was sent before the lock is refused after it', async () => {
    const early = await open({ purpose: 'fraud' });
    await fail(5, { purpose: 'dispute' });
    await fail(5, { purpose: 'statement' });
    expect(await people.events('verification.locked')).toHaveLength(1);
    expect((await jane.attempt(early.id, early.code)).status).toBe(401);
  });

  it.each([[''], [null], ['000000'], [['123456']], [{}], [undefined], [0]])(
    'an empty, null, default or array code: %j is not accepted',
    async (given) => {
      const { id, code } = await open();
      if (code === given) return;
      expect([400, 401]).toContain((await jane.attempt(id, given)).status);
    },
  );

  it('a code bound to no phone: a phone that changed gets none of the challenge’s codes', async () => {
    const { id, code } = await open();
    const { customerNumber, passcode } = jane.customer;
    people.bank.add({ customerNumber, passcode, phone: '+14155559999' });
    people.clock.advance(minute);
    await people.post(`/v1/challenges/${id}/resend`, {}, jane.token);
    expect(await people.outbox('+14155559999')).toHaveLength(0);
    expect((await jane.attempt(id, code)).status).toBe(401);
  });

  it('a code bound to no purpose: it opens no challenge of another purpose', async () => {
    const { code } = await open();
    const other = await jane.ask({ purpose: 'dispute' });
    expect((await jane.attempt(other.body.id, code)).status).toBe(401);
  });

  it('a TOTP step used twice: the second session is refused with the same code', async () => {
    const { secret } = await jane.withTotp();
    people.clock.advance(minute);
    const code = await people.totp(secret);
    expect((await (await jane.again()).prove({ method: 'totp', code })).status).toBe(200);
    const second = await (await jane.again()).prove({ method: 'totp', code });
    expect(second).toMatchObject({ status: 401, body: { code: 'verification.failed' } });
    const [failure] = await people.events('verification.challenge_failed');
    expect(failure!.event.detail.reason).toBe('reused');
  });

  it('races on attempts and on consumption: five are evaluated, one wins', async () => {
    const first = await open();
    const wins = await Promise.all(
      Array.from({ length: 50 }, (_, turn) => jane.attempt(first.id, first.code, turn % 2)),
    );
    expect(wins.filter(({ status }) => status === 200)).toHaveLength(1);
    const second = await open({ purpose: 'dispute' });
    await Promise.all(
      Array.from({ length: 50 }, (_, turn) =>
        jane.attempt(second.id, wrong(second.code, turn + 1), turn % 2),
      ),
    );
    const reasons = (await people.events('verification.challenge_failed')).map(
      ({ event }) => event.detail.reason as string,
    );
    expect(reasons.filter((reason) => reason === 'wrong')).toHaveLength(5);
  });

  it('attempts that a signed-in user has without a gate: a step-up counts like the first proof', async () => {
    await jane.prove();
    const { id, code } = await fail(5, { purpose: 'payment' });
    expect((await jane.attempt(id, code)).status).toBe(401);
  });

  it('a lock that locks others out: guests who claim a number leave its account as it is', async () => {
    const { customerNumber } = jane.customer;
    for (let round = 0; round < 3; round += 1) {
      const token = await guestOf(people);
      const claim = { method: 'sms', purpose: 'fraud', customerNumber };
      const { body } = await people.post('/v1/challenges', claim, token);
      for (let nth = 0; nth < 6; nth += 1) {
        const path = `/v1/challenges/${body.id as string}/attempts`;
        await people.post(path, { code: '123456' }, token);
      }
      people.clock.advance(minute);
    }
    jane = await jane.again();
    expect((await jane.ask({ purpose: 'fraud' })).body.attemptsLeft).toBe(5);
    expect((await jane.prove({ purpose: 'dispute' })).status).toBe(200);
  });

  it('a code in plain text: no column and no event holds it', async () => {
    const { code } = await open();
    const rows = JSON.stringify(
      await people.database.query(
        `SELECT to_jsonb(c) AS row FROM challenges c WHERE state = 'open'
         UNION ALL SELECT e.event::jsonb -> 'detail' FROM audit_events e`,
      ),
    );
    expect(rows).not.toMatch(new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])`));
  });

  it('a code of an hour: after five minutes it is refused', async () => {
    const { id, code } = await open();
    people.clock.advance(4 * minute + 50 * second);
    await people.get('/v1/authenticators', jane.token);
    people.clock.advance(11 * second);
    expect((await jane.attempt(id, code)).status).toBe(401);
  });

  describe('and what a code for money is good for', () => {
    const amount = { amount: '500.00', currency: 'USD' };
    const payee = 'Corner Shop';
    const use: GrantUse = {
      purpose: 'payment',
      requirement: 'payment',
      resource: 'account/1',
      amount: parseMoney(amount),
      payee,
    };
    const confirmed = (): Promise<Reply> =>
      jane.prove({ purpose: 'payment', more: { resource: 'account/1', amount, payee } });

    const take = (asked: GrantUse, instance = 0): Promise<boolean> =>
      takeGrant(people.apps[instance]!, jane.token, asked);

    it('is one payment of that amount to that payee, once of fifty at once', async () => {
      await confirmed();
      const taken = await Promise.all(Array.from({ length: 50 }, (_, turn) => take(use, turn % 2)));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });

    it.each([
      ['amount', { amount: parseMoney({ amount: '500.01', currency: 'USD' }) }],
      ['currency', { amount: parseMoney({ amount: '500.00', currency: 'EUR' }) }],
      ['payee', { payee: 'Somebody Else' }],
      ['resource', { resource: 'account/2' }],
    ])('is void once another %s is tried', async (_, change) => {
      await confirmed();
      expect(await take({ ...use, ...change })).toBe(false);
      expect(await take(use)).toBe(false);
      expect(await people.events('verification.grant_voided')).toHaveLength(1);
    });

    it('is nothing after five minutes, nor where a code for reading was right', async () => {
      await jane.prove({ purpose: 'payment' });
      expect(await take(use)).toBe(false);
      await confirmed();
      people.clock.advance(5 * minute + second);
      expect(await take(use)).toBe(false);
    });
  });
});

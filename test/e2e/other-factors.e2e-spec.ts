import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'otplib';

import { jane, juan, Probity } from '../support/app.js';

const question = "What's my current balance?";

describe('A conversation with other factors than the phone', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('goes on with the question when another method is chosen, in two round trips', async () => {
    const token = await probity.signIn(jane);
    const chat = await probity.startChat(token);
    const asked = await probity.say(chat, question);
    expect(asked.body).toMatchObject({
      outcome: 'verification_required',
      challenge: { method: 'sms' },
    });
    await probity.newestCode(jane.phone);
    const other = await probity.post(
      '/v1/challenges',
      { method: 'email', purpose: 'balance-inquiry' },
      token,
    );
    expect(other.body.id).not.toBe(asked.body.challenge.id);
    // By e-mail the session stays at aal1: policy does not take it for a balance.
    const byMail = await probity.say(chat, await probity.newestCode('jane.doe@example.com'));
    expect(byMail.body).toMatchObject({
      outcome: 'verification_required',
      challenge: { method: 'sms' },
    });
    const answered = await probity.say(chat, await probity.newestCode(jane.phone));
    expect(answered.body).toMatchObject({ outcome: 'answered', data: { kind: 'balance' } });
  });

  it('asks for the app of who has one, and takes its code from the chat', async () => {
    const token = await probity.signIn(juan);
    const { body } = await probity.post(
      '/v1/challenges',
      { method: 'sms', purpose: 'factor-change' },
      token,
    );
    const proven = await probity.post(
      `/v1/challenges/${body.id as string}/attempts`,
      { code: await probity.newestCode(juan.phone) },
      token,
    );
    const strong = proven.body.accessToken as string;
    const enrolled = await probity.post('/v1/authenticators', { method: 'totp' }, strong);
    const secret = new URL(enrolled.body.otpauthUri as string).searchParams.get('secret')!;
    const now = Math.floor(Date.now() / 1000);
    const path = `/v1/authenticators/${enrolled.body.id as string}/confirmations`;
    const first = await generate({ secret, epoch: now - 30 });
    expect((await probity.post(path, { code: first }, strong)).status).toBe(200);

    const chat = await probity.startChat(await probity.signIn(juan));
    const asked = await probity.say(chat, question);
    expect(asked.body).toMatchObject({
      challenge: { method: 'totp' },
      reply: { templateId: 'verification-required-app' },
    });
    const { body: answer } = await probity.say(chat, await generate({ secret, epoch: now }));
    expect(answer).toMatchObject({ outcome: 'answered', data: { kind: 'balance' } });
  });

  it('ends every other session once a customer tells of somebody else in their account', async () => {
    const other = await probity.signIn(jane);
    const own = await probity.signIn(jane);
    const chat = await probity.startChat(own);
    const { body } = await probity.say(chat, 'There is suspicious activity on my account');
    expect(body).toMatchObject({ outcome: 'case_opened', case: { type: 'fraud' } });
    expect((await probity.get('/v1/authenticators', other)).status).toBe(401);
    expect((await probity.get('/v1/authenticators', own)).status).toBe(200);
    expect(await probity.events('session.protected')).toHaveLength(1);
  });
});

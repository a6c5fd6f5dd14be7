import { randomUUID } from 'node:crypto';

import { type Client, expectStatus, has, type Json, pick } from './client.js';
import { say, title } from './print.js';
import { signInStaff } from './staff.js';

const jane = { customerNumber: '100001', passcode: '246810', phone: '+14155550134' };
const juan = { customerNumber: '100002', passcode: '135791', phone: '+14155550178' };

interface Chat {
  readonly id: string;
  readonly token: string;
}

async function signIn(client: Client, { customerNumber, passcode }: typeof jane): Promise<string> {
  const reply = await client.post('/v1/customer-sessions', { customerNumber, passcode });
  return pick(expectStatus(reply, 201), 'accessToken');
}

async function startChat(client: Client, token?: string): Promise<Chat> {
  const reply = await client.post('/v1/conversations', { channel: 'chat' }, { token });
  const body = expectStatus(reply, 201);
  return { id: pick(body, 'id'), token: token ?? pick(body, 'conversationToken') };
}

async function send(client: Client, to: Chat, text: string): Promise<Json> {
  say(`customer   ${text}`);
  const path = `/v1/conversations/${to.id}/messages`;
  const body = expectStatus(await client.post(path, { text }, { token: to.token }), 201);
  say(`           ${pick(body, 'classification.intent')} → ${pick(body, 'outcome')}`);
  for (const line of pick(body, 'reply.text').split('\n')) say(`probity    ${line}`);
  return body;
}

/** Asks what needs a code, and gives the right one; null where a sending limit holds the code back. */
async function askAndProve(
  client: Client,
  chat: Chat,
  { question, phone, slips = 0 }: { question: string; phone: string; slips?: number },
): Promise<Json | null> {
  await client.readOutbox(phone);
  const asked = await send(client, chat, question);
  if (!has(asked, 'challenge.id')) {
    say('           a sending limit holds: no code went out; play the demo again in a minute');
    return null;
  }
  const code = await client.nextCode(phone);
  const wrong = code === '000000' ? '000001' : '000000';
  for (let slip = 0; slip < slips; slip += 1) await send(client, chat, wrong);
  const answered = await send(client, chat, code);
  if (slips > 0) await send(client, chat, code);
  return answered;
}

/** The balance: asked, gated, proven with a code, answered, and the code is good once. */
export async function playBalance(client: Client): Promise<void> {
  title('Jane asks for her balance and proves who she is');
  const token = await signIn(client, jane);
  const chat = await startChat(client, token);
  const question = "What's my current balance?";
  await askAndProve(client, chat, { question, phone: jane.phone, slips: 2 });

  title("Juan's token on Jane's conversation, and on one that does not exist");
  const juansToken = await signIn(client, juan);
  for (const id of [chat.id, randomUUID()]) {
    const { status, body } = await client.get(`/v1/conversations/${id}`, { token: juansToken });
    say(`GET /v1/conversations/${id} → ${String(status)} ${pick(body, 'code')}`);
  }
}

export async function playFraud(client: Client): Promise<void> {
  title('A charge she did not make: the notice is taken at once, her card is blocked');
  const chat = await startChat(client, await signIn(client, jane));
  const reported = await send(client, chat, "I see a $500 charge I didn't make!");
  const path = `/v1/cases/${pick(reported, 'case.id')}/containments`;
  const { body } = await client.get(path, { token: chat.token });
  for (const { type, state } of body['items'] as { type: string; state: string }[]) {
    say(`           ${type}: ${state}`);
  }

  title('The same from a guest, who learns nothing about any card');
  const guest = await startChat(client);
  await send(client, guest, "I see a $500 charge I didn't make!");
  await send(client, guest, 'My customer number is 100001 and the card ends in 1234');
}

/** A dispute opens at once; what it knows of the account stays behind the code. */
export async function playDispute(client: Client): Promise<string> {
  title('A dispute with missing facts, asked for one by one');
  const chat = await startChat(client, await signIn(client, juan));
  const opened = await send(client, chat, 'I want to dispute a charge on my statement');
  await send(client, chat, 'It was the one at OnlineStore.com');
  await send(client, chat, 'I never received what I ordered');
  await send(client, chat, 'It was on 2026-11-10');
  await send(client, chat, 'The amount was $500.00');
  const question = 'Show me the transaction in my dispute';
  await askAndProve(client, chat, { question, phone: juan.phone });
  return pick(opened, 'case.id');
}

/** A refund within the agent's level is executed; one above it waits for the lead. */
export async function playRefunds(client: Client, caseId: string): Promise<void> {
  title('Refunds: 5,000.00 by an agent is executed, 0.01 more waits for the lead');
  const agent = await signInStaff(client, 'agent');
  for (const amount of ['5000.00', '0.01']) {
    const { status, body } = await client.post(
      '/v1/refunds',
      { caseId, amount: { amount, currency: 'USD' }, reason: 'Goods never arrived' },
      { token: agent, headers: { 'Idempotency-Key': randomUUID() } },
    );
    say(`POST /v1/refunds ${amount} → ${String(status)} ${pick(body, 'refund.state')}`);
    if (!has(body, 'approvalRequest.id')) continue;
    const path = `/v1/approval-requests/${pick(body, 'approvalRequest.id')}/votes`;
    for (const role of ['agent', 'lead']) {
      const token = role === 'agent' ? agent : await signInStaff(client, role);
      const vote = await client.post(
        path,
        { decision: 'approve', reason: 'Looked at the case' },
        { token, headers: { 'Idempotency-Key': randomUUID() } },
      );
      const outcome = has(vote.body, 'code') ? pick(vote.body, 'code') : 'approved and executed';
      say(`           vote of the ${role} → ${String(vote.status)} ${outcome}`);
    }
  }
}

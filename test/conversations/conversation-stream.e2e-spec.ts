import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { SimulatedClock } from '../../src/platform/index.js';
import { jane, Probity } from '../support/app.js';
import { ask, startServiceProcess } from '../support/service-process.js';
import { makeOpenFolder } from '../support/temporary-folder.js';

const idleSeconds = 300;
const tokenSeconds = 300;

/** A stream as its reader sees it: what came so far, and whether it has ended. */
class OpenStream {
  text = '';
  readonly ended: Promise<void>;

  private constructor(
    readonly status: number,
    body: ReadableStream<Uint8Array>,
  ) {
    this.ended = this.#read(body);
  }

  static async open(url: string, token: string): Promise<OpenStream> {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const response = await fetch(url, { headers });
    if (!response.body) throw new Error('The stream has no body');
    return new OpenStream(response.status, response.body);
  }

  async holds(part: string): Promise<void> {
    for (let tries = 0; tries < 200 && !this.text.includes(part); tries += 1) await sleep(50);
    expect(this.text).toContain(part);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of body) this.text += decoder.decode(chunk, { stream: true });
  }
}

describe('The stream of a conversation', () => {
  const clock = new SimulatedClock();
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open({ clock });
  });
  afterAll(() => probity.close());

  async function follow(): Promise<{ stream: OpenStream; token: string; chatId: string }> {
    const token = await probity.signIn(jane);
    const chat = await probity.startChat(token);
    const url = `${probity.url}/v1/conversations/${chat.id}/stream`;
    const stream = await OpenStream.open(url, token);
    expect(stream.status).toBe(200);
    await stream.holds('event: heartbeat\nid: 0\n');
    return { stream, token, chatId: chat.id };
  }

  it('shows messages as they come, and ends once the session is revoked', async () => {
    const { stream, token, chatId } = await follow();
    await probity.say({ id: chatId, token }, 'What are your opening hours?');
    await stream.holds('event: message\nid: 2\n');
    await probity.database.query('UPDATE customer_sessions SET revoked_at = $1', [clock.now()]);
    await stream.ended;
    expect(stream.text).toContain('event: end\nid: 2\ndata: {"code":"token.invalid"}');
  });

  it('does not keep its session from idling, and ends with it', async () => {
    const { stream, token } = await follow();
    // Looked at meanwhile: were a look an activity, the session would live on.
    clock.advance((idleSeconds - 60) * 1000);
    await sleep(2_500);
    expect(stream.text).not.toContain('event: end');
    clock.advance(60 * 1000);
    await stream.ended;
    expect(stream.text).toContain('"code":"token.invalid"');
    expect((await probity.get('/v1/authenticators', token)).status).toBe(401);
  });

  it('ends with its token, though the session lives on', async () => {
    const { stream, token } = await follow();
    for (let passed = 0; passed < tokenSeconds; passed += idleSeconds - 60) {
      await probity.get('/v1/authenticators', token);
      clock.advance((idleSeconds - 60) * 1000);
    }
    await stream.ended;
    expect(stream.text).toContain('"code":"token.invalid"');
  });
});

describe('A drain', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await makeOpenFolder('probity-stream-');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('ends open streams, and leaves no database behind', async () => {
    const { url, child } = await startServiceProcess(folder);
    const started = await ask<{ id: string; conversationToken: string }>(
      `${url}/v1/conversations`,
      { body: { channel: 'chat' } },
    );
    const { id, conversationToken } = started.body;
    const stream = await OpenStream.open(`${url}/v1/conversations/${id}/stream`, conversationToken);
    await stream.holds('event: heartbeat');
    expect(await child.end('SIGTERM')).toBe(0);
    await stream.ended;
    expect(child.output).not.toContain('took too long');
    // A server that was left over would have to be taken over, and the start would say so.
    const next = await startServiceProcess(folder);
    expect(next.child.output).not.toMatch(/took over/i);
    expect(await next.child.end('SIGTERM')).toBe(0);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { generate } from 'otplib';

import type { Clock } from '../../src/platform/index.js';
import { loadConfig } from '../../src/platform/index.js';
import { type Service, startService } from '../../src/service.js';
import { openTestDatabase, type TestDatabase } from './database.js';

/** A JSON answer; `body` is `any` on purpose: what it holds is what the test asserts. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the wire is untyped; tests assert its shape
  readonly body: any;
  readonly text: string;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A bearer token, or a token with headers beside it. */
export type Caller =
  string | { readonly token?: string; readonly headers?: Record<string, string> };

function callOptions(caller: Caller | undefined): CallOptions {
  return typeof caller === 'string' ? { token: caller } : (caller ?? {});
}

export interface Chat {
  readonly id: string;
  readonly token: string;
}

export const jane = { customerNumber: '100001', passcode: '246810', phone: '+14155550134' };
export const juan = { customerNumber: '100002', passcode: '135791', phone: '+14155550178' };

/** The whole service on a database of its own, spoken to over HTTP as its users do. */
export class Probity {
  /** Messages of the dev outbox that were read. */
  readonly #read = new Set<string>();

  private constructor(
    readonly database: TestDatabase,
    readonly dataDirectory: string,
    private service: Service,
    private readonly start: () => Promise<Service>,
  ) {}

  static async open(
    options: { clock?: Clock; env?: Record<string, string> } = {},
  ): Promise<Probity> {
    const database = await openTestDatabase();
    const dataDirectory = await mkdtemp(join(tmpdir(), 'probity-test-'));
    const start = (): Promise<Service> =>
      startService(
        loadConfig({
          ...database.env,
          PORT: '0',
          LOG_LEVEL: 'silent',
          PROBITY_DATA_DIR: dataDirectory,
          ...options.env,
        }),
        options.clock ? { clock: options.clock } : {},
      );
    return new Probity(database, dataDirectory, await start(), start);
  }

  get url(): string {
    return this.service.url;
  }

  get app(): Service['app'] {
    return this.service.app;
  }

  /** Another process's worth of the service on the same database and keys. */
  async second(): Promise<Service> {
    return this.start();
  }

  async restart(): Promise<void> {
    await this.service.close();
    this.service = await this.start();
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.database.close();
    await rm(this.dataDirectory, { recursive: true, force: true });
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    const { token, body, headers } = options;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as unknown) : text,
      text,
    };
  }

  get(path: string, caller?: Caller): Promise<Reply> {
    return this.call('GET', path, callOptions(caller));
  }

  post(path: string, body: unknown, caller?: Caller): Promise<Reply> {
    return this.call('POST', path, { ...callOptions(caller), body });
  }

  async signIn({
    customerNumber,
    passcode,
  }: {
    customerNumber: string;
    passcode: string;
  }): Promise<string> {
    const { body } = await this.post('/v1/customer-sessions', { customerNumber, passcode });
    return body.accessToken as string;
  }

  async startChat(token?: string): Promise<Chat> {
    const { body } = await this.post('/v1/conversations', { channel: 'chat' }, token);
    return { id: body.id as string, token: token ?? (body.conversationToken as string) };
  }

  async say(chat: Chat, text: string): Promise<Reply> {
    return this.post(`/v1/conversations/${chat.id}/messages`, { text }, chat.token);
  }

  /** The newest code that arrived at a phone and was not handed out before, waiting for the relay. */
  async newestCode(destination: string): Promise<string> {
    const path = `/dev/outbox?destination=${encodeURIComponent(destination)}`;
    for (let tries = 0; tries < 100; tries += 1) {
      const { body } = await this.get(path);
      const newest = body.items[0] as { id: string; text: string } | undefined;
      const code = /\b(\d{6})\b/.exec(newest?.text ?? '')?.[1];
      if (newest && code && !this.#read.has(newest.id)) {
        this.#read.add(newest.id);
        return code;
      }
      await sleep(50);
    }
    throw new Error(`No code arrived at ${destination}`);
  }

  /** Waits until something becomes true; fails after a generous limit. */
  async eventually<Value>(look: () => Promise<Value | null | undefined | false>): Promise<Value> {
    for (let tries = 0; tries < 200; tries += 1) {
      const value = await look();
      if (value !== null && value !== undefined && value !== false) return value;
      await sleep(50);
    }
    throw new Error('What was waited for did not happen');
  }

  /** Signs Jane, or another, in and proves them to `aal2`. */
  async verified(customer: typeof jane): Promise<string> {
    const chat = await this.startChat(await this.signIn(customer));
    await this.say(chat, "What's my current balance?");
    const { body } = await this.say(chat, await this.newestCode(customer.phone));
    return body.accessToken as string;
  }

  async staff(name: string): Promise<string> {
    const { body } = await this.get('/dev/staff');
    const member = body.items.find(
      ({ email }: { email: string }) => email === `${name}@probity.example`,
    );
    const { email, password } = member as { email: string; password: string };
    const first = await this.post('/v1/staff-sessions', { email, password });
    const code = await generate({ secret: member.totpSecret as string });
    const second = await this.post('/v1/staff-sessions/mfa', {
      mfaToken: first.body.mfaToken,
      code,
    });
    return second.body.accessToken as string;
  }

  /** Every audit event so far, oldest first, straight from the table. */
  async events(type?: string): Promise<AuditRow[]> {
    const rows = await this.database.query<{ event: string }>(
      `SELECT event FROM audit_events ${type === undefined ? '' : 'WHERE type = $1'} ORDER BY id`,
      type === undefined ? [] : [type],
    );
    return rows.map(({ event }) => JSON.parse(event) as AuditRow);
  }
}

export interface AuditRow {
  readonly id: string;
  readonly type: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly purpose: string | null;
  readonly subject: string | null;
  readonly case: string | null;
  readonly dataAccessed: readonly string[];
  readonly actor: {
    readonly kind: string;
    readonly id: string;
    readonly onBehalfOf: string | null;
  };
  readonly assurance: { readonly acr: string; readonly method: string | null };
  readonly origin: { readonly channel: string; readonly requestId: string };
  readonly policy: {
    readonly version: string;
    readonly digest: string;
    readonly rule: string | null;
  };
  readonly resource: { readonly kind: string; readonly id: string } | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

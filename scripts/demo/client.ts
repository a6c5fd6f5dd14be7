import { setTimeout as sleep } from 'node:timers/promises';

export type Json = Record<string, unknown>;

export interface Reply {
  readonly status: number;
  readonly body: Json;
  readonly text: string;
}

export interface Call {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const pollMilliseconds = 100;
const pollsMax = 300;

/** Speaks to the service as its users do. */
export class Client {
  readonly #read = new Set<string>();

  constructor(readonly base: string) {}

  async get(path: string, call: Call = {}): Promise<Reply> {
    return this.#send('GET', path, call);
  }

  async post(path: string, body: unknown, call: Call = {}): Promise<Reply> {
    return this.#send('POST', path, { ...call, body });
  }

  /** Remembers what lies in an outbox, so that only what comes later counts as new. */
  async readOutbox(destination: string): Promise<void> {
    for (const { id } of await this.#outbox(destination)) this.#read.add(id);
  }

  /** Waits for the next code at a phone. */
  async nextCode(destination: string): Promise<string> {
    return this.eventually(async () => {
      const [newest] = await this.#outbox(destination);
      if (!newest || this.#read.has(newest.id)) return null;
      this.#read.add(newest.id);
      return /\b(\d{6})\b/.exec(newest.text)?.[1] ?? null;
    });
  }

  async eventually<Value>(look: () => Promise<Value | null>): Promise<Value> {
    for (let polls = 0; polls < pollsMax; polls += 1) {
      const found = await look();
      if (found !== null) return found;
      await sleep(pollMilliseconds);
    }
    throw new Error('What the demo waits for did not come');
  }

  async #outbox(destination: string): Promise<{ id: string; text: string }[]> {
    const { body } = await this.get(`/dev/outbox?destination=${encodeURIComponent(destination)}`);
    return body['items'] as { id: string; text: string }[];
  }

  async #send(method: string, path: string, { token, body, headers }: Call): Promise<Reply> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, body: isJson ? (JSON.parse(text) as Json) : {}, text };
  }
}

/** A member of an answer, by its path of keys. */
export function pick(body: Json, path: string): string {
  let value: unknown = body;
  for (const key of path.split('.')) value = (value as Json | undefined)?.[key];
  if (typeof value !== 'string') throw new Error(`No ${path} in ${JSON.stringify(body)}`);
  return value;
}

export function has(body: Json, path: string): boolean {
  let value: unknown = body;
  for (const key of path.split('.')) value = (value as Json | undefined)?.[key];
  return value !== undefined;
}

/** @throws Error with the answer where its status is another. */
export function expectStatus(reply: Reply, ...statuses: readonly number[]): Json {
  if (statuses.includes(reply.status)) return reply.body;
  throw new Error(`Expected ${statuses.join(' or ')}, got ${String(reply.status)}: ${reply.text}`);
}

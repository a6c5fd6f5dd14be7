import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

/** One answer, and how long it took. */
export interface Answer {
  readonly milliseconds: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** What an observer can tell apart: status, headers' names, members' names and the problem's words. */
  readonly shape: string;
}

/** Speaks JSON over connections that stay open, and times each exchange. */
export class TimedClient {
  readonly #agent: Agent;

  constructor(
    private readonly url: string,
    private readonly connections: number,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  close(): void {
    this.#agent.destroy();
  }

  post(
    path: string,
    body: object,
    { address, token }: { address: string; token?: string },
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const text = JSON.stringify(body);
    const beganAt = performance.now();
    const sent = request(
      this.url + path,
      {
        method: 'POST',
        agent: this.#agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'x-forwarded-for': address,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const milliseconds = performance.now() - beganAt;
          const answered = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer['body'];
          const { statusCode = 0, headers } = response;
          resolve({ milliseconds, body: answered, shape: shapeOf(statusCode, headers, answered) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
    return promise;
  }

  /** Does the same for many, on all connections at once; the answers are in their order. */
  async inParallel<Value, Result>(
    values: readonly Value[],
    work: (value: Value) => Promise<Result>,
  ): Promise<readonly Result[]> {
    const results: Result[] = [];
    const left = values.entries();
    const worker = async (): Promise<void> => {
      for (const [index, value] of left) results[index] = await work(value);
    };
    await Promise.all(Array.from({ length: this.connections }, worker));
    return results;
  }
}

function shapeOf(status: number, headers: object, body: Answer['body']): string {
  const { code, title, detail } = body;
  return JSON.stringify([
    status,
    Object.keys(headers).sort(),
    Object.keys(body).sort(),
    { code, title, detail },
  ]);
}

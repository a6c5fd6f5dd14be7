import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

import { startChild, type Child } from './support/child-process.js';
import { openTestDatabase, type TestDatabase } from './support/database.js';
import { makeOpenFolder } from './support/temporary-folder.js';

const program = 'src/main.ts';

describe('npm start', () => {
  let database: TestDatabase;
  let folder: string;
  let children: Child[];

  // One folder for one database: the signer refuses a log that its own memory does not know.
  beforeAll(async () => {
    database = await openTestDatabase();
    folder = await makeOpenFolder('probity-service-');
  });
  beforeEach(() => {
    children = [];
  });
  afterEach(() => Promise.all(children.map((child) => child.end('SIGTERM'))));
  afterAll(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(env: Readonly<Record<string, string>> = {}): Child {
    const child = startChild(program, {
      env: { ...database.env, PROBITY_DATA_DIR: folder, PORT: '0', ...env },
    });
    children.push(child);
    return child;
  }

  async function urlOf(child: Child): Promise<string> {
    const [, url = ''] = await child.waitFor(/listens on (http:\S+)/);
    return url;
  }

  it('says what to open, answers ready, and ends with 0 when it is asked to', async () => {
    const child = start();
    const url = await urlOf(child);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await expectReady(url);
    expect(child.output).toContain('npm run demo');
    expect(await child.end('SIGINT')).toBe(0);
    expect(child.output).toContain('Stopped.');
  });

  it('answers the request in flight before it ends, and takes no new one', async () => {
    const child = start();
    const url = await urlOf(child);
    // Some request must have been served, so that the half one has surely been accepted.
    const inFlight = await beginRequest(url);
    await fetch(`${url}/health/live`);
    const ended = child.end('SIGTERM');
    await child.waitFor(/SIGTERM: stopping/);
    await until(async () => !(await accepts(url)));
    expect(await inFlight.finish()).toEqual(expect.any(Number));
    expect(await ended).toBe(0);
  });

  it('serves with a second process beside it on one database', async () => {
    const urls = await Promise.all([start(), start()].map(urlOf));
    for (const url of urls) await expectReady(url);
  });

  it('names every fault of the configuration, and ends with 1', async () => {
    const child = start({ PORT: 'http', LOG_LEVEL: 'loud' });
    expect(await child.ended()).toBe(1);
    expect(child.output).toContain('PORT must be');
    expect(child.output).toContain('LOG_LEVEL must be');
    expect(child.output).not.toContain('    at ');
  });

  it('says in a sentence that its port is taken, and ends with 1', async () => {
    const other = await listen();
    const child = start({ PORT: String((other.address() as AddressInfo).port) });
    expect(await child.ended()).toBe(1);
    expect(child.output).toContain('set PORT to a free one');
    other.close();
  });

  it('ends with 1 and names the command where migrations are missing', async () => {
    await database.query('DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations)');
    const child = start({ DATABASE_OWNER_URL: '' });
    expect(await child.ended()).toBe(1);
    expect(child.output).toContain('npm run db:migrate');
  });
});

const readyMillisecondsMax = 10_000;

/** The sealer needs a moment to become the active one. */
async function expectReady(url: string): Promise<void> {
  const deadline = Date.now() + readyMillisecondsMax;
  for (;;) {
    const answer = await fetch(`${url}/health/ready`);
    const body: unknown = await answer.json();
    if (answer.status === 200) return;
    if (Date.now() > deadline) throw new Error(`Never ready: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A request of which the server has the head and half the body. */
async function beginRequest(url: string): Promise<{ finish(): Promise<number | undefined> }> {
  const body = JSON.stringify({ customerNumber: '100001', passcode: '000000' });
  const sent = request(`${url}/v1/customer-sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': body.length },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    sent.once('response', (response) => resolve(response.resume().statusCode));
    sent.once('error', reject);
  });
  await new Promise<void>((resolve) => {
    sent.write(body.slice(0, 10), () => resolve());
  });
  return {
    finish: () => {
      sent.end(body.slice(10));
      return answered;
    },
  };
}

function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + readyMillisecondsMax;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It never came to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function listen(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

import { Pool } from 'pg';

import { LosableClient } from '../../src/platform/index.js';

/** A message of PostgreSQL's protocol: its type, its length, its body. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const authenticated = message('R', Buffer.from([0, 0, 0, 0]));
const readyForQuery = message('Z', Buffer.from('I'));
const dying = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

describe('LosableClient', () => {
  let server: Server;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      // The server dies as soon as it has let somebody in: one packet tells both.
      socket.once('data', () => socket.write(Buffer.concat([authenticated, readyForQuery, dying])));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('fails the next statement, and not the process, where the server dies as it lets somebody in', async () => {
    const { port } = server.address() as AddressInfo;
    const pool = new Pool({
      connectionString: `postgres://somebody:word@127.0.0.1:${port}/any`,
      Client: LosableClient,
    });
    const client = await pool.connect();
    await expect(client.query('SELECT 1')).rejects.toThrow('not queryable');
    client.release(true);
    await pool.end();
  });
});

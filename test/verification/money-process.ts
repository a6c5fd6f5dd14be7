import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { loadConfig, parseMoney, readEnvironment } from '../../src/platform/index.js';
import { startService } from '../../src/service.js';
import { takeGrant } from './take-grant.js';

// The whole service, with a door beside it that stands for a context which moves money: no route of
// the service does so for a customer yet.
const { app, url } = await startService(loadConfig(readEnvironment()));

interface Order {
  readonly token: string;
  readonly resource: string;
  readonly payee: string;
  readonly amount: { readonly amount: string; readonly currency: string };
}

async function pay(request: IncomingMessage): Promise<boolean> {
  const { token, resource, payee, amount } = (await json(request)) as Order;
  const use = { purpose: 'payment', requirement: 'payment', resource, payee };
  return takeGrant(app, token, { ...use, amount: parseMoney(amount) });
}

const door = createServer((request, response) => {
  void pay(request).then(
    (isPaid) => response.writeHead(isPaid ? 201 : 401).end(),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
door.listen(0, '127.0.0.1', () => {
  const { port } = door.address() as AddressInfo;
  process.stdout.write(`Moves money on http://127.0.0.1:${String(port)}, listens on ${url}.\n`);
});

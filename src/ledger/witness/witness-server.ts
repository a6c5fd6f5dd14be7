import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { requestBytesMax } from './add-checkpoint.js';
import type { Witness } from './witness.js';

const connectionsMax = 256;
const requestMillisecondsMax = 10_000;
const headersMillisecondsMax = 5_000;
/** Node looks every half minute only: long enough for a few slow senders to hold every place. */
const lookMilliseconds = 1_000;

export interface WitnessServer {
  readonly url: string;
  /** Answers what is under way and closes. */
  close(): Promise<void>;
}

/** Serves a witness over HTTP: `POST /add-checkpoint` and nothing else. */
export async function serveWitness(
  witness: Witness,
  address: { readonly host: string; readonly port: number },
  onFault: (error: unknown) => void,
): Promise<WitnessServer> {
  const options = {
    requestTimeout: requestMillisecondsMax,
    headersTimeout: headersMillisecondsMax,
    connectionsCheckingInterval: lookMilliseconds,
  };
  const server = createServer(options, (request, response) => {
    answer(witness, request)
      .catch((error: unknown) => {
        onFault(error);
        return plain(500, 'The witness failed');
      })
      .then((reply) => send(response, reply), onFault);
  });
  server.maxConnections = connectionsMax;
  await listen(server, address);
  return { url: urlOf(server), close: () => close(server) };
}

async function answer(witness: Witness, request: IncomingMessage): Promise<Reply> {
  if (request.url !== '/add-checkpoint') return plain(404, 'Not found');
  if (request.method !== 'POST') return plain(405, 'POST only', { Allow: 'POST' });
  const body = await bodyOf(request);
  // The rest of what is sent is not waited for.
  if (body === null) return plain(413, 'The request is too large', { Connection: 'close' });
  return witness.addCheckpoint(body.toString());
}

interface Reply {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function plain(status: number, sentence: string, headers: Reply['headers'] = {}): Reply {
  return { status, mediaType: 'text/plain; charset=utf-8', body: `${sentence}\n`, headers };
}

/** Null where it is larger than any request. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > requestBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, mediaType, body, headers }: Reply): void {
  response.writeHead(status, {
    'Content-Type': mediaType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(body);
}

function listen(server: Server, address: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });
}

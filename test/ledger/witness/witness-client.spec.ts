import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { cosignCheckpoint, formatSignature, splitNote } from '../../../src/ledger/index.js';
import { parseAddCheckpoint } from '../../../src/ledger/witness/add-checkpoint.js';
import { WitnessClient, type WitnessedLog } from '../../../src/ledger/witness/witness-client.js';
import { newSigner, verifierOf } from '../tree/keys.js';
import { TestLog } from './test-log.js';

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
}

const signer = newSigner('witness.example/w1');
const log = new TestLog().growTo(9);
const known: WitnessedLog = {
  prove: (first, second) => log.prove(first, second),
  newestSize: () => Promise.resolve(log.size),
  verifiers: () => [verifierOf(log.signer)],
};
const sizeType = 'text/x.tlog.size';

// Witnesses of other makes: they answer over HTTP what C2SP tlog-witness lets them answer.
describe('a client of a witness', () => {
  let server: Server;
  let answer: (oldSize: number, note: string) => Answer;
  let asked: number[];
  let client: WitnessClient;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const { oldSize, note } = parseAddCheckpoint(body);
        asked.push(oldSize);
        const { status, type = 'text/plain', body: text = '' } = answer(oldSize, note);
        response.writeHead(status, { 'Content-Type': type }).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    client = new WitnessClient({
      name: 'w1',
      verifier: verifierOf(signer, 'cosignature'),
      url: `http://127.0.0.1:${port}/`,
      timeoutMilliseconds: 10_000,
    });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const ask = () => client.cosign({ treeSize: log.size, note: log.checkpoint() }, known);

  it('goes on from the size that the witness names, and takes its cosignature from among others', async () => {
    const other = newSigner('witness.example/w2');
    answer = (oldSize, note) => {
      if (oldSize !== 5) return { status: 409, type: sizeType, body: '5\n' };
      const { text } = splitNote(note);
      const lines = [other, signer].map((one) => formatSignature(cosignCheckpoint(text, one, 1)));
      return { status: 200, body: lines.join('') };
    };
    expect(await ask()).toMatchObject({ kind: 'cosigned', signature: { name: signer.name } });
    expect(asked).toEqual([0, 5]);
  });

  it.each([
    ['a 409 without a size', { status: 409 }],
    ['a 409 with the very size', { status: 409, type: sizeType, body: '9\n' }],
    ['a 422', { status: 422 }],
  ])('takes %s at its own size for another root', async (_, given) => {
    client.rememberSize(log.size);
    answer = () => given;
    expect(await ask()).toEqual({ kind: 'conflict', witnessSize: log.size });
    expect(asked).toEqual([9]);
  });

  it('does not take a 409 without a size at another size for one', async () => {
    answer = () => ({ status: 409 });
    expect(await ask()).toEqual({ kind: 'refused', status: 409 });
  });

  it('does not go on for ever where the witness names ever other sizes', async () => {
    answer = () => ({ status: 409, type: sizeType, body: `${asked.length}\n` });
    expect(await ask()).toEqual({ kind: 'refused', status: 409 });
    expect(asked).toEqual([0, 1, 2]);
  });
});

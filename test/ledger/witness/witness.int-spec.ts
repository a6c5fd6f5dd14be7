import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  addSignatures,
  formatCheckpoint,
  formatVerifierKey,
  openCheckpoint,
  parseSignature,
  parseVerifierKey,
  signNote,
} from '../../../src/ledger/index.js';
import { formatAddCheckpoint } from '../../../src/ledger/witness/add-checkpoint.js';
import { type Child, startChild } from '../../support/child-process.js';
import { newSigner, verifierOf } from '../tree/keys.js';
import { TestLog } from './test-log.js';

const name = 'witness.example/w1';

interface RunningWitness {
  readonly url: string;
  readonly vkey: string;
  readonly child: Child;
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

// Each witness is a process of its own, started as `npm run witness` starts it, and spoken to over HTTP.
describe('the witness', () => {
  let folder: string;
  let log: TestLog;
  const children: Child[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probity-witness-'));
    log = new TestLog();
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.end('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  });

  const logKey = (): string => formatVerifierKey(log.signer.name, log.signer.publicKeyBytes);

  async function start(): Promise<RunningWitness> {
    const policy = join(folder, 'logs.policy');
    await writeFile(policy, `# the bank\nlog ${logKey()}\nquorum none\n`);
    const child = startChild('scripts/witness.ts', {
      env: { WITNESS_PASSPHRASE: 'correct horse' },
      parameters: ['--folder', join(folder, 'w'), '--name', name, '--logs', policy, '--port', '0'],
    });
    children.push(child);
    const [, vkey = '', url = ''] = await child.waitFor(/^witness \S+ (\S+) (\S+)$/m);
    return { url, vkey, child };
  }

  /** One that stops for ever at the critical place, on the same folder. */
  async function startHalting(halt: 'before' | 'after'): Promise<{ url: string; child: Child }> {
    const child = startChild('test/ledger/witness/witness-process.ts', {
      env: {},
      parameters: [join(folder, 'w'), name, logKey(), halt],
    });
    children.push(child);
    const [, url = ''] = await child.waitFor(/witness at (\S+)/);
    return { url, child };
  }

  async function send(url: string, body: string | Buffer): Promise<Answer> {
    const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
    const type = response.headers.get('content-type');
    return { status: response.status, type, text: await response.text() };
  }

  const add = async (url: string, of: TestLog, oldSize: number): Promise<Answer> => {
    const proof = oldSize === 0 ? [] : await of.prove(oldSize);
    return send(url, formatAddCheckpoint({ oldSize, proof, note: of.checkpoint() }));
  };

  it('cosigns each checkpoint that continues the one before, and remembers it over a restart', async () => {
    const first = await start();
    const signed = await add(first.url, log.growTo(5), 0);
    expect(signed.status).toBe(200);
    const line = parseSignature(signed.text.trimEnd());
    const opened = openCheckpoint(addSignatures(log.checkpoint(), [line]), {
      logs: [verifierOf(log.signer)],
      witnesses: [parseVerifierKey(first.vkey)],
    });
    expect(opened.cosignatures).toHaveLength(1);
    expect((await add(first.url, log.growTo(13), 5)).status).toBe(200);
    expect((await add(first.url, log, 13)).status).toBe(200);
    await first.child.end('SIGTERM');

    const second = await start();
    expect(second.vkey).toBe(first.vkey);
    expect(await add(second.url, log.growTo(20), 5)).toEqual({
      status: 409,
      type: 'text/x.tlog.size',
      text: '13\n',
    });
    expect((await add(second.url, log, 13)).status).toBe(200);
    const key = join(folder, 'w', 'witness-key.pem');
    expect(await readFile(key, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect((await stat(key)).mode & 0o077).toBe(0);
  });

  it('refuses a forked, a shrunk and an unknown log, and keeps the evidence of the fork', async () => {
    const { url } = await start();
    await add(url, log.growTo(8), 0);
    const fork = new TestLog(log.signer).growTo(6).grow('other 6', 'other 7');

    // Clients take a size for an offer to go on from there: at another root there is none.
    const otherRoot = await add(url, fork, 8);
    expect([otherRoot.status, otherRoot.type]).toEqual([409, 'text/plain; charset=utf-8']);
    expect((await add(url, fork.growTo(12), 8)).status).toBe(422);
    const shrunk = formatAddCheckpoint({ oldSize: 4, proof: [], note: log.checkpoint(4) });
    expect(await send(url, shrunk)).toMatchObject({ status: 409, text: '8\n' });
    const larger = formatAddCheckpoint({ oldSize: 8, proof: [], note: log.checkpoint(4) });
    expect((await send(url, larger)).status).toBe(400);
    const stranger = new TestLog(newSigner('stranger.example/log')).growTo(3);
    expect((await add(url, stranger, 0)).status).toBe(404);
    const forged = new TestLog(newSigner(log.signer.name)).growTo(9);
    expect((await add(url, forged, 0)).status).toBe(403);
    expect((await add(url, log.growTo(9), 8)).status).toBe(200);

    const evidence = join(folder, 'w', 'evidence');
    const files = await readdir(evidence);
    expect(files.map((file) => file.replace(/-.*/, '')).sort()).toEqual(['fork', 'unproven']);
    const texts = await Promise.all(files.map((file) => readFile(join(evidence, file), 'utf8')));
    expect(texts.some((text) => text.includes(fork.checkpoint()))).toBe(true);
  });

  it('keeps the evidence of a fork however many bad proofs others have sent', async () => {
    const { url } = await start();
    await add(url, log.growTo(8), 0);
    const evidence = join(folder, 'w', 'evidence');
    const unproven = Array.from({ length: 1_000 }, (_, place) => `unproven-${place}.txt`);
    await Promise.all(unproven.map((file) => writeFile(join(evidence, file), '')));
    const badProof = formatAddCheckpoint({
      oldSize: 8,
      proof: [],
      note: log.growTo(9).checkpoint(),
    });
    expect((await send(url, badProof)).status).toBe(422);
    expect(await readdir(evidence)).toHaveLength(1_000);
    const fork = new TestLog(log.signer).growTo(6).grow('other 6', 'other 7');
    expect((await add(url, fork, 8)).status).toBe(409);
    const added = (await readdir(evidence)).filter((file) => file.startsWith('fork-'));
    expect(added).toHaveLength(1);
  });

  it('holds no place for whoever begins to speak and does not go on', async () => {
    const { url } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: w');
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString()));
    await once(socket, 'close');
    expect(said).toContain('408');
  }, 20_000);

  it('refuses what is no request, or has a bad proof or signature', async () => {
    const { url } = await start();
    log.growTo(3);
    const rootHash = log.rootHash();
    const empty = formatCheckpoint({ origin: log.signer.name, treeSize: 0, rootHash });
    const rootless = { oldSize: 0, proof: [], note: signNote(empty, [log.signer]) };
    expect((await send(url, formatAddCheckpoint(rootless))).status).toBe(422);
    expect((await add(url, new TestLog(log.signer), 0)).status).toBe(200);
    await add(url, log, 0);
    const note = log.growTo(7).checkpoint();
    const proof = await log.prove(3);
    const flipped = proof.map((hash) => Buffer.from(hash));
    flipped[0]![0]! ^= 1;
    const otherText = signNote('no checkpoint\n', [log.signer]);
    const cases: readonly (readonly [number, string])[] = [
      [422, formatAddCheckpoint({ oldSize: 3, proof: flipped, note })],
      [422, formatAddCheckpoint({ oldSize: 3, proof: proof.slice(1), note })],
      [422, formatAddCheckpoint({ oldSize: 3, proof: [...proof, proof[0]!], note })],
      [403, formatAddCheckpoint({ oldSize: 3, proof, note: note.replace('\n7\n', '\n6\n') })],
      [400, formatAddCheckpoint({ oldSize: 3, proof: Array(64).fill(proof[0]!), note })],
      [400, formatAddCheckpoint({ oldSize: 3, proof, note: otherText })],
      [400, formatAddCheckpoint({ oldSize: 3, proof, note }).replace('old 3', 'old 03')],
      [400, formatAddCheckpoint({ oldSize: 3, proof, note }).replace('old', 'new')],
      [400, ''],
      [400, `old 3\n${note}`],
      [413, 'x'.repeat(65_537)],
    ];
    const answers: (readonly [number, string])[] = [];
    for (const [, body] of cases) answers.push([(await send(url, body)).status, body]);
    expect(answers).toEqual(cases);
    expect((await fetch(`${url}/add-checkpoint`)).status).toBe(405);
    expect((await fetch(`${url}/other`, { method: 'POST' })).status).toBe(404);
    expect((await add(url, log, 3)).status).toBe(200);
  });

  it('lets one of many parallel requests from one size advance the log, over two processes too', async () => {
    const [one, two] = [await start(), await start()];
    await add(one.url, log.growTo(4), 0);
    const rivals = Array.from({ length: 12 }, (_, place) => {
      const rival = new TestLog(log.signer).growTo(4).grow(`rival ${place}`);
      return rival.growTo(5 + (place % 3));
    });
    const answers = await Promise.all(
      rivals.map((rival, place) => add(place % 2 === 0 ? one.url : two.url, rival, 4)),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(rivals.length - 1);
    const winner = rivals[answers.findIndex(({ status }) => status === 200)]!;
    for (const { url } of [one, two]) {
      expect((await add(url, winner, winner.size)).status).toBe(200);
    }
  });

  it.each(['before', 'after'] as const)(
    'forgets nothing and contradicts nothing when it is killed %s it persists',
    async (halt) => {
      const { url, child } = await startHalting(halt);
      const lost = add(url, log.growTo(6), 0).catch(() => null);
      await child.waitFor(/halted/);
      await child.end('SIGKILL');
      await lost;

      const again = await start();
      const fork = new TestLog(log.signer).grow('another beginning').growTo(6);
      const forked = await add(again.url, fork, 0);
      const continued = await add(again.url, log, halt === 'after' ? 6 : 0);
      // Nobody got a signature before the kill: until it is persisted, either history may be first.
      expect([forked.status, continued.status]).toEqual(halt === 'after' ? [409, 200] : [200, 409]);
    },
  );
});

import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import {
  addSignatures,
  cosignCheckpoint,
  formatEntryBundle,
  formatVerifierKey,
  parseEntryBundle,
  splitNote,
} from '../../../src/ledger/tree/index.js';
import { startChild } from '../../support/child-process.js';
import { makeOpenFolder } from '../../support/temporary-folder.js';
import { newSigner } from '../tree/keys.js';
import { eventsOf, makeLog, writeLog } from './published-fixture.js';

const entries = 700;
const signer = newSigner('bank.example/ledger');
const witness = newSigner('witness.example/w1');
const key = formatVerifierKey(signer.name, signer.publicKeyBytes);
const log = makeLog(eventsOf(entries));

interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** The one file that the build makes, run by plain node in a folder where nothing else lies. */
describe('the standalone verifier', () => {
  let home: string;
  let empty: string;
  let published: string;
  let copies = 0;

  beforeAll(async () => {
    home = await makeOpenFolder('probity-verifier-');
    empty = join(home, 'empty');
    published = join(home, 'published');
    mkdirSync(empty);
    writeLog(published, log, signer);
    const built = startChild('scripts/build-verifier.ts', {
      env: {},
      parameters: [join(empty, 'ledger-verifier.mjs')],
    });
    expect([await built.ended(), built.output]).toEqual([0, '']);
  });
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });

  function run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
    const child = spawn(process.execPath, ['ledger-verifier.mjs', ...args], { cwd: empty, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    return new Promise((resolve) => {
      child.once('close', (code) => {
        resolve({ code, output });
      });
    });
  }

  /** Verifies a copy of the published log in which something was changed. */
  async function tampered(change: (folder: string) => void, args: readonly string[] = []) {
    const folder = join(home, `copy-${(copies += 1)}`);
    cpSync(published, folder, { recursive: true });
    change(folder);
    const { code, output } = await run([folder, '--key', key, '--json', ...args]);
    const report = JSON.parse(output) as {
      isSound: boolean;
      entries: number;
      damages: { kind: string; leafIndex: number | null }[];
    };
    return {
      code,
      ...report,
      damages: report.damages.map(({ kind, leafIndex }) => `${kind} ${leafIndex ?? '-'}`),
    };
  }
  const edit = (path: string, change: (bytes: Buffer) => Buffer) => (folder: string) => {
    writeFileSync(join(folder, path), change(readFileSync(join(folder, path))));
  };
  const flip = (at: number) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[at] = copy[at]! ^ 0x01;
    return copy;
  };
  const rebundle = (change: (bundle: Buffer[]) => Buffer[]) => (bytes: Buffer) =>
    formatEntryBundle(change(parseEntryBundle(bytes, 256)));
  const swapped = (bundle: Buffer[]): Buffer[] =>
    bundle.with(10, bundle[11]!).with(11, bundle[10]!);
  const edited = (bundle: Buffer[]): Buffer[] =>
    bundle.with(10, Buffer.from(bundle[10]!.toString().replace('note', 'nota')));

  it('is one file that imports nothing but node’s own modules, with its comments', () => {
    expect(readdirSync(empty)).toEqual(['ledger-verifier.mjs']);
    const source = readFileSync(join(empty, 'ledger-verifier.mjs'), 'utf8');
    const imported = [...source.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)];
    expect(imported.every(([, name]) => name?.startsWith('node:'))).toBe(true);
    expect(imported.length).toBeGreaterThan(3);
    expect(source).toContain('RFC 6962 §2.1');
    // Read in an hour or two: its lines of code, comments aside.
    const code = source.split('\n').filter((line) => !/^\s*(\/\/|\*|\/\*|$)/.test(line));
    expect(code.length).toBeLessThan(2_500);
  });

  it('verifies a pruned log from the entries that are left, and finds one that is missing among them', async () => {
    const prune = (folder: string) => {
      rmSync(join(folder, 'tile/entries/000'));
    };
    const fromLeft = ['--minimum-index', '256'];
    expect((await tampered(prune)).damages).toEqual(['entry_missing 0']);
    expect(await tampered(prune, fromLeft)).toMatchObject({
      ...{ code: 0, isSound: true, entries, damages: [] },
      byHashesAlone: 'entries below 256',
    });
    const more = (folder: string) => {
      prune(folder);
      rmSync(join(folder, 'tile/entries/001'));
    };
    expect((await tampered(more, fromLeft)).damages).toEqual(['entry_missing 256']);
    const forged = (folder: string) => {
      prune(folder);
      edit('tile/0/000', flip(40))(folder);
    };
    expect((await tampered(forged, fromLeft)).isSound).toBe(false);
    expect((await run([published, '--key', key, '--minimum-index', '7'])).code).toBe(2);
  });

  it('finds nothing in a log that nobody touched, and says so in a sentence', async () => {
    const { code, output } = await run([published, '--key', key]);
    expect(output).toBe(
      [
        'log          bank.example/ledger',
        'entries      700',
        `root hash    ${log.rootHash.toString('base64')}`,
        'cosigned by  no known witness',
        'The log is as it was signed.',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  it.each([
    ['an edited entry', edit('tile/entries/001', rebundle(edited)), ['entry_changed 266']],
    [
      'two entries that changed places',
      edit('tile/entries/001', rebundle(swapped)),
      ['entry_changed 266', 'entry_changed 267'],
    ],
    [
      'a removed entry',
      edit(
        'tile/entries/001',
        rebundle((bundle) => bundle.toSpliced(10, 1)),
      ),
      ['entry_changed 256'],
    ],
    [
      'a bundle that ends within an entry',
      edit('tile/entries/002.p/188', (bytes) => bytes.subarray(0, -1)),
      ['entry_changed 512'],
    ],
    [
      'a removed bundle',
      (folder: string) => rmSync(join(folder, 'tile/entries/000')),
      ['entry_missing 0'],
    ],
    [
      'a removed tile',
      (folder: string) => rmSync(join(folder, 'tile/0/001')),
      ['tile_missing 256'],
    ],
    [
      'a removed tile above',
      (folder: string) => rmSync(join(folder, 'tile/1/000.p/2')),
      ['tile_missing 0'],
    ],
    ['an edited tile', edit('tile/0/001', flip(32 * 20)), ['tile_changed 276']],
    ['a tile that is cut', edit('tile/0/001', (bytes) => bytes.subarray(32)), ['tile_changed 256']],
    ['an edited tile above', edit('tile/1/000.p/2', flip(40)), ['tile_changed 0']],
    ['a forged checkpoint', edit('checkpoint', flip(22)), ['checkpoint_forged -']],
    [
      'no checkpoint',
      (folder: string) => rmSync(join(folder, 'checkpoint')),
      ['checkpoint_missing -'],
    ],
  ])('names %s', async (_name, change, damages) => {
    expect(await tampered(change)).toMatchObject({ code: 1, isSound: false, damages });
  });

  it('finds a log that was rewritten with all hashes recomputed', async () => {
    const other = makeLog(eventsOf(entries, 'nota'));
    const checkpoint = readFileSync(join(published, 'checkpoint'));
    const kept = await tampered((folder) => {
      writeLog(folder, other, signer);
      writeFileSync(join(folder, 'checkpoint'), checkpoint);
    });
    expect(kept).toMatchObject({ code: 1, damages: ['checkpoint_contradicted 700'] });
    const another = newSigner(signer.name);
    const resigned = await tampered((folder) => writeLog(folder, other, another));
    expect(resigned).toMatchObject({ code: 1, damages: ['checkpoint_forged -'] });
  });

  it('remembers what it verified: a log that was rolled back or forked since is found', async () => {
    const memory = join(home, 'memory.json');
    const grown = makeLog(eventsOf(entries + 300));
    expect(await tampered(() => undefined, ['--from', memory])).toMatchObject({ code: 0 });
    const later = await tampered((folder) => writeLog(folder, grown, signer), ['--from', memory]);
    expect(later).toMatchObject({ code: 0, entries: entries + 300 });

    const rolledBack = await tampered(() => undefined, ['--from', memory]);
    expect(rolledBack).toMatchObject({ code: 1, damages: ['log_truncated 700'] });
    const forked = makeLog([...eventsOf(entries + 290), ...eventsOf(200, 'other')]);
    const fork = await tampered((folder) => writeLog(folder, forked, signer), ['--from', memory]);
    expect(fork.damages).toContain('checkpoint_contradicted 1000');
    const stranger = newSigner('other.example/ledger');
    const strange = await tampered(
      (folder) => writeLog(folder, grown, stranger),
      ['--from', memory, '--key', formatVerifierKey(stranger.name, stranger.publicKeyBytes)],
    );
    expect(strange).toMatchObject({ code: 1, damages: ['origin_changed -'] });
    // What was damaged is not remembered.
    expect(
      await tampered((folder) => writeLog(folder, grown, signer), ['--from', memory]),
    ).toMatchObject({ code: 0 });
  });

  it('asks for as many witnesses as the policy says', async () => {
    const policy = join(home, 'policy');
    const witnessKey = formatVerifierKey(witness.name, witness.publicKeyBytes, 'cosignature');
    writeFileSync(policy, `log ${key}\nwitness w ${witnessKey}\nquorum w\n`);
    const args = ['--witness-policy', policy];
    expect(await tampered(() => undefined, args)).toMatchObject({
      code: 1,
      damages: ['checkpoint_unwitnessed 700'],
    });
    const cosign = edit('checkpoint', (bytes) => {
      const note = bytes.toString();
      return Buffer.from(
        addSignatures(note, [cosignCheckpoint(splitNote(note).text, witness, 1_700_000_000)]),
      );
    });
    expect(await tampered(cosign, args)).toMatchObject({ code: 0, isSound: true });
    const forge = (folder: string) => {
      cosign(folder);
      // Within the last line's base64: the signature of the witness.
      edit('checkpoint', (note) => flip(note.length - 9)(note))(folder);
    };
    expect((await tampered(forge, args)).damages).toEqual(['checkpoint_forged -']);
  });

  it('says nothing without a key, of nothing, and of what it cannot read', async () => {
    for (const args of [
      [],
      [published],
      [published, '--key', 'nonsense'],
      [join(home, 'nowhere'), '--key', key],
      ['http://127.0.0.1:9', '--key', key],
      [published, '--key', key, '--unknown'],
      [published, '--key', key, '--archive', home],
      [published, '--key', key, '--index', '--minimum-index', '256'],
      [join(published, 'checkpoint'), '--key', key, '--index'],
      [join(published, 'checkpoint'), '--key', key, '--from', join(home, 'memory')],
      [join(published, 'checkpoint'), '--key', key, '--minimum-index', '256'],
      // A file whose reading fails, to root too: nobody's memory begins at 0.
      ['/proc/self/mem', '--key', key],
    ]) {
      expect([args, (await run(args)).code]).toEqual([args, 2]);
    }
  });

  it('is not held up by a folder that leads to a pipe, or to a file larger than any', async () => {
    const baits: readonly ((path: string) => void)[] = [
      (path) => execFileSync('mkfifo', [path]),
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 40_000_000);
      },
      (path) => {
        mkdirSync(path);
      },
    ];
    for (const bait of baits) {
      for (const resource of ['checkpoint', 'tile/entries/001']) {
        const folder = join(home, `bait-${(copies += 1)}`);
        cpSync(published, folder, { recursive: true });
        rmSync(join(folder, resource));
        bait(join(folder, resource));
        const { code, output } = await run([folder, '--key', key]);
        expect([code, output]).toEqual([2, expect.stringContaining(resource)]);
      }
    }
  });

  it('hashes a large log in threads, and still names the one bad entry', async () => {
    const folder = join(home, 'large');
    const large = makeLog(eventsOf(51_000));
    writeLog(folder, large, signer);
    expect(await run([folder, '--key', key])).toMatchObject({ code: 0 });
    edit('tile/entries/150', rebundle(edited))(folder);
    const { code, output } = await run([folder, '--key', key]);
    expect([code, output]).toEqual([1, expect.stringContaining('entry_changed at index 38410')]);
    // What a thread cannot read says nothing about the log.
    rmSync(join(folder, 'tile/entries/150'));
    mkdirSync(join(folder, 'tile/entries/150'));
    expect(await run([folder, '--key', key])).toMatchObject({
      ...{ code: 2, output: expect.stringContaining('is no resource of a log') },
    });
  });

  describe('over HTTP', () => {
    let server: Server;
    let url: string;
    let served: string;
    /** At which resource the line goes dead. */
    let silentAt: string | null;

    beforeAll(async () => {
      [served, silentAt] = [published, null];
      server = createServer((request, response) => {
        const isKnown = request.headers.authorization === 'Bearer reader';
        if (request.url === silentAt) {
          request.socket.destroy();
          return;
        }
        try {
          const bytes = readFileSync(join(served, request.url ?? ''));
          response.writeHead(isKnown ? 200 : 401).end(isKnown ? bytes : undefined);
        } catch {
          response.writeHead(404).end();
        }
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    it('verifies an address, with the token of the environment', async () => {
      const args = [url, '--key', key];
      expect(await run(args, { PROBITY_LEDGER_TOKEN: 'reader' })).toMatchObject({ code: 0 });
      expect(await run(args)).toEqual({ code: 2, output: 'The log answered 401\n' });
    });

    it('says 2 when the address falls silent among threads', async () => {
      served = join(home, 'falling-silent');
      const args = [url, '--key', key];
      const env = { PROBITY_LEDGER_TOKEN: 'reader' };
      writeLog(served, makeLog(eventsOf(51_000)), signer);
      expect(await run(args, env)).toMatchObject({ code: 0 });
      silentAt = '/tile/entries/150';
      expect(await run(args, env)).toMatchObject({
        ...{ code: 2, output: expect.stringContaining('Cannot read tile/entries/150') },
      });
    });
  });
});

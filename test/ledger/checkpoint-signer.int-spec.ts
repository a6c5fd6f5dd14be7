import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CheckpointSigner, signHead, SignerRefusal } from '../../src/ledger/checkpoint-signer.js';
import { LogKeyRotations } from '../../src/ledger/log-key-rotations.js';
import { SignerMemory } from '../../src/ledger/signer-memory.js';
import {
  appendLeaves,
  emptyFrontier,
  leafHash,
  openNote,
  rootOf,
} from '../../src/ledger/tree/index.js';
import {
  AppDatabase,
  type DatabaseAddresses,
  FileKeyStore,
  JobQueue,
  loadConfig,
  SimulatedClock,
  SystemIdSource,
} from '../../src/platform/index.js';
import { startChild } from '../support/child-process.js';
import { type LedgerFixture, openLedger, origin } from './ledger-fixture.js';

const leaves = Array.from({ length: 8 }, (_, n) => leafHash(Buffer.from(`leaf ${n}`)));
const headOf = (size: number) => ({
  treeSize: size,
  rootHash: rootOf(appendLeaves(emptyFrontier, leaves.slice(0, size))),
});
/** One perfect subtree beside the other: 4 grew to 8. */
const grownByFour = () => Promise.resolve([rootOf(appendLeaves(emptyFrontier, leaves.slice(4)))]);
const unasked = () => Promise.reject(new Error('No proof is asked for'));

describe('CheckpointSigner', () => {
  let folder: string;
  let clock: SimulatedClock;
  let keys: FileKeyStore;
  const path = () => join(folder, 'last-signed-checkpoint');
  const signer = () => new CheckpointSigner(keys, origin, { path: path(), clock });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probity-signer-'));
    clock = new SimulatedClock();
    keys = await FileKeyStore.open({
      directory: folder,
      masterKey: null,
      production: false,
      clock,
    });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('remembers the note it signed in a whole file and leaves no draft', async () => {
    const note = await signer().sign(headOf(4), unasked);

    expect(await readFile(path(), 'utf8')).toBe(note);
    expect(await memoryFiles()).toEqual([
      'last-signed-checkpoint',
      'last-signed-checkpoint.after-0',
    ]);
    expect(signer().lastSigned()).toMatchObject(headOf(4));
    await signer().sign(headOf(8), grownByFour);
    expect(await memoryFiles()).toEqual([
      'last-signed-checkpoint',
      'last-signed-checkpoint.after-4',
    ]);
  });

  it('refuses a shorter log and a log with another past', async () => {
    await signer().sign(headOf(4), unasked);

    await expect(signer().sign(headOf(2), unasked)).rejects.toThrow(SignerRefusal);
    const other = { treeSize: 8, rootHash: leafHash(Buffer.from('another log')) };
    await expect(signer().sign(other, grownByFour)).rejects.toThrow(SignerRefusal);
    expect(signer().lastSigned()).toMatchObject(headOf(4));
    await expect(signer().sign(headOf(8), grownByFour)).resolves.toContain('\n8\n');
  });

  it('refuses to go back behind what its successor signed meanwhile', async () => {
    const stale = signer();
    await stale.sign(headOf(2), unasked);
    await signer().sign(headOf(8), () => keepsTwo());

    await expect(stale.sign(headOf(4), unasked)).rejects.toThrow(SignerRefusal);
    expect(signer().lastSigned()).toMatchObject(headOf(8));
  });

  it('refuses what its successor overtook while it stood between reading and writing', async () => {
    const stale = signer();
    await stale.sign(headOf(2), unasked);
    const halted = async () => {
      await signer().sign(headOf(8), keepsTwo);
      return [rootOf(appendLeaves(emptyFrontier, leaves.slice(2, 4)))];
    };

    await expect(stale.sign(headOf(4), halted)).rejects.toThrow(SignerRefusal);
    expect(signer().lastSigned()).toMatchObject(headOf(8));
    await expect(signer().sign(headOf(4), unasked)).rejects.toThrow(SignerRefusal);
  });

  it('adopts nothing that its successor overtook meanwhile', async () => {
    const stale = signer();
    const two = await stale.sign(headOf(2), unasked);
    const four = await stale.sign(headOf(4), grownByTwo);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await stale.adopt(two, unasked);
    await stale.adopt(four, async () => {
      await signer().sign(headOf(8), keepsTwo);
      return grownByTwo();
    });

    expect(signer().lastSigned()).toMatchObject(headOf(8));
  });

  it('is not led back by a copy that came late, and heeds one that a former release wrote', async () => {
    const four = await signer().sign(headOf(4), unasked);
    const eight = await signer().sign(headOf(8), grownByFour);
    await replace(path(), four);
    expect(signer().lastSigned()).toMatchObject(headOf(8));

    await rm(`${path()}.after-4`);
    expect(signer().lastSigned()).toMatchObject(headOf(4));
    await replace(`${path()}.after-2`, four);
    await replace(path(), eight);
    expect(signer().lastSigned()).toMatchObject(headOf(8));
    await expect(signer().sign(headOf(4), unasked)).rejects.toThrow(SignerRefusal);
  });

  it('goes on from what was remembered by a process that died before it made the copy', async () => {
    const four = await signer().sign(headOf(4), unasked);
    const eight = await signer().sign(headOf(8), grownByFour);
    await replace(path(), four);
    expect(await signer().sign(headOf(8), () => Promise.resolve([]))).toBe(eight);
    await rm(path());
    expect(signer().lastSigned()).toMatchObject(headOf(8));
  });

  it('moves whole to where an ended log is kept, also after a move that was broken off', async () => {
    const four = await signer().sign(headOf(4), unasked);
    const eight = await signer().sign(headOf(8), grownByFour);
    await replace(path(), four);
    const kept = join(folder, 'kept');
    const successor = await readFile(`${path()}.after-4`, 'utf8');
    await new SignerMemory(path()).moveTo(kept);
    expect([await readFile(kept, 'utf8'), await memoryFiles()]).toEqual([eight, []]);

    await replace(`${path()}.after-4`, successor);
    await new SignerMemory(path()).moveTo(kept);
    expect([await readFile(kept, 'utf8'), await memoryFiles()]).toEqual([eight, []]);
    expect(signer().lastSigned()).toBeNull();
  });

  it('lets one of many that read the same memory go on from there', async () => {
    await signer().sign(headOf(4), unasked);
    const attempts = [5, 6, 7, 8].map(async (size) => {
      const note = signHead(keys, { ...headOf(size), origin, signedAt: clock.now() });
      return (await new SignerMemory(path()).advance(4, note)) ? size : 0;
    });
    const winners = (await Promise.all(attempts)).filter((size) => size > 0);

    expect(winners).toHaveLength(1);
    expect(signer().lastSigned()).toMatchObject(headOf(winners[0]!));
  });

  it('does not go back where another process stands still between reading and writing', async () => {
    await signer().sign(headOf(2), unasked);
    const stale = startChild('test/ledger/signer-process.ts', {
      env: {},
      parameters: [folder, origin, '4', '2'],
    });
    await stale.waitFor(/halted/);
    await signer().sign(headOf(8), keepsTwo);
    await writeFile(join(folder, 'go'), '');
    await stale.ended();

    expect(stale.output).toContain('SignerRefusal: The log has 4 entries; a checkpoint over 8');
    expect(signer().lastSigned()).toMatchObject(headOf(8));
    // Rolled back into what was signed meanwhile.
    await expect(signer().sign(headOf(4), unasked)).rejects.toThrow(SignerRefusal);
  });

  it.each([
    ['is empty', ''],
    ['was cut short', 'test.example/ledger\n4\n'],
    ['is another text', 'nothing of ours\n'],
  ])('refuses everything while its memory %s', async (_, content) => {
    await signer().sign(headOf(4), unasked);
    await writeFile(path(), content);

    await expect(signer().sign(headOf(8), grownByFour)).rejects.toThrow(SignerRefusal);
  });

  it('refuses everything where the memory was signed under another origin or key', async () => {
    await new CheckpointSigner(keys, 'other.example/ledger', { path: path() }).sign(
      headOf(4),
      unasked,
    );
    await expect(signer().sign(headOf(8), grownByFour)).rejects.toThrow(SignerRefusal);

    const elsewhere = await mkdtemp(join(tmpdir(), 'probity-signer-'));
    const stranger = await FileKeyStore.open({
      directory: elsewhere,
      masterKey: null,
      production: false,
    });
    await new CheckpointSigner(stranger, origin, { path: join(elsewhere, 'memory') }).sign(
      headOf(4),
      unasked,
    );
    await writeFile(path(), await readFile(join(elsewhere, 'memory')));
    await rm(elsewhere, { recursive: true, force: true });
    await expect(signer().sign(headOf(8), grownByFour)).rejects.toThrow(SignerRefusal);
  });

  it('signs under both keys until the overlap is over, and then under the new one alone', async () => {
    const former = signer().verifiers();
    await keys.rotate('log', { overlapSeconds: 3_600 });
    const during = await signer().sign(headOf(4), unasked);
    expect(openNote(during, signer().verifiers()).verifiedBy).toHaveLength(2);
    expect(openNote(during, former).verifiedBy).toHaveLength(1);

    clock.advance(3_600_001);
    const after = await signer().sign(headOf(8), grownByFour);
    expect(openNote(after, signer().verifiers()).verifiedBy).toHaveLength(1);
    expect(() => openNote(after, former)).toThrow('No known key');
  });

  it('counts a key only in its own time', async () => {
    const day = 86_400_000;
    const start = clock.now().getTime();
    clock.advance(day);
    await keys.rotate('log', { overlapSeconds: 3_600 });
    const [newer, older] = signer().verifiers();

    expect(signer().verifiersAt(new Date(start))).toEqual([older]);
    expect(signer().verifiersAt(new Date(start + day + 60_000))).toEqual([newer, older]);
    expect(signer().verifiersAt(new Date(start + day + 3_660_000))).toEqual([newer]);
    expect(signer().verifiersAt(new Date(start - day))).toEqual([]);
  });

  /** As a process does whose rename came late. */
  async function replace(file: string, content: string): Promise<void> {
    await writeFile(`${file}.draft`, content);
    await rename(`${file}.draft`, file);
    expect(await memoryFiles()).not.toContainEqual(expect.stringContaining('draft'));
  }

  async function memoryFiles(): Promise<string[]> {
    return (await readdir(folder)).filter((name) => name.startsWith('last-signed')).sort();
  }

  async function grownByTwo(): Promise<Buffer[]> {
    return Promise.resolve([rootOf(appendLeaves(emptyFrontier, leaves.slice(2, 4)))]);
  }

  async function keepsTwo(): Promise<Buffer[]> {
    return Promise.resolve([
      rootOf(appendLeaves(emptyFrontier, leaves.slice(2, 4))),
      rootOf(appendLeaves(emptyFrontier, leaves.slice(4))),
    ]);
  }
});

describe('a rotation of the log key', () => {
  let ledger: LedgerFixture;
  beforeAll(async () => (ledger = await openLedger()));
  afterAll(() => ledger.close());

  it('is recorded once, with both verifier keys, by whichever process is first', async () => {
    const { keys, audited, database } = ledger;
    await keys.rotate('access-token');
    await keys.rotate('log', { overlapSeconds: 60 });
    await keys.rotate('log', { overlapSeconds: 60 });
    const app = new AppDatabase({ type: 'postgres', url: database.urls.app.reveal() });
    await app.initialize();
    const addresses: DatabaseAddresses = database.urls;
    const jobs = new JobQueue(addresses, loadConfig(database.env));
    const parts = { database: app, keys, audited, ids: new SystemIdSource(), origin };
    const rotations = [1, 2].map(() => new LogKeyRotations(jobs, parts));
    await Promise.all(rotations.map((recorder) => recorder.sweep()));
    await rotations[0]!.sweep();
    await app.destroy();

    const rows = await database.query<{ event: string }>(
      `SELECT event FROM audit_events WHERE type = 'ledger.key_rotated' ORDER BY id`,
    );
    const vkeys = rows.map(({ event }) => {
      const { detail } = JSON.parse(event) as { detail: { oldVkey: string; newVkey: string } };
      return [detail.oldVkey, detail.newVkey];
    });
    expect(vkeys).toHaveLength(2);
    expect(vkeys[0]![1]).toBe(vkeys[1]![0]);
    expect(vkeys.flat().every((vkey) => vkey.startsWith(`${origin}+`))).toBe(true);
  });
});

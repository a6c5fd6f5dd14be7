import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CheckpointSigner, SignerRefusal } from '../../src/ledger/checkpoint-signer.js';
import { LogKeyRotations } from '../../src/ledger/log-key-rotations.js';
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
    expect((await readdir(folder)).filter((name) => name.startsWith('last-signed'))).toEqual([
      'last-signed-checkpoint',
    ]);
    expect(await signer().lastSigned()).toMatchObject(headOf(4));
  });

  it('refuses a shorter log and a log with another past', async () => {
    await signer().sign(headOf(4), unasked);

    await expect(signer().sign(headOf(2), unasked)).rejects.toThrow(SignerRefusal);
    const other = { treeSize: 8, rootHash: leafHash(Buffer.from('another log')) };
    await expect(signer().sign(other, grownByFour)).rejects.toThrow(SignerRefusal);
    expect(await signer().lastSigned()).toMatchObject(headOf(4));
    await expect(signer().sign(headOf(8), grownByFour)).resolves.toContain('\n8\n');
  });

  it('refuses to go back behind what its successor signed meanwhile', async () => {
    const stale = signer();
    await stale.sign(headOf(2), unasked);
    await signer().sign(headOf(8), () => keepsTwo());

    await expect(stale.sign(headOf(4), unasked)).rejects.toThrow(SignerRefusal);
    expect(await signer().lastSigned()).toMatchObject(headOf(8));
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

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { SimulatedClock } from '../../../src/platform/clock.js';
import { FileKeyStore } from '../../../src/platform/file-key-store.js';
import { Secret } from '../../../src/platform/secret.js';
import { startChild } from '../../support/child-process.js';

const program = 'test/platform/keys/rotating-process.ts';
const masterText = randomBytes(32).toString('base64');
const masterKey = new Secret(masterText);
const nextMasterKey = new Secret(randomBytes(32).toString('base64'));

let directory: string;

const open = (
  options: Partial<Parameters<typeof FileKeyStore.open>[0]> = {},
): Promise<FileKeyStore> =>
  FileKeyStore.open({ directory, masterKey, production: false, ...options });

const keyIds = (store: FileKeyStore, name: 'log' | 'access-token' = 'access-token'): string[] =>
  store.signingKeys(name).map(({ keyId }) => keyId);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'probity-rotation-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('a rotation of a signing key', () => {
  it('puts the new key first, retires the old one and leaves every other key as it was', async () => {
    const clock = new SimulatedClock();
    const store = await open({ clock });
    const [before] = store.signingKeys('access-token');
    const sealed = store.seal('notification', Buffer.from('a'), 'c');
    const wrapped = store.wrap('k', randomBytes(32), 'p');
    const digest = store.mac('address', 'x');
    clock.advance(1000);

    const created = await store.rotate('access-token');

    const [now, old, ...rest] = store.signingKeys('access-token');
    expect(now!.keyId).toBe(created.keyId);
    expect(now!.retiredAt).toBeNull();
    expect(old!.keyId).toBe(before!.keyId);
    expect(old!.retiredAt).toEqual(clock.now());
    expect(rest).toEqual([]);
    const reopened = await open();
    expect(keyIds(reopened)).toEqual([created.keyId, before!.keyId]);
    expect(keyIds(reopened, 'log')).toEqual(keyIds(store, 'log'));
    expect(reopened.mac('address', 'x')).toEqual(digest);
    expect(reopened.open('notification', sealed, 'c').toString()).toBe('a');
    expect(reopened.unwrap('k', wrapped, 'p')).toHaveLength(32);
  });

  it('lets the replaced key sign on for the overlap that is asked for', async () => {
    const clock = new SimulatedClock();
    const store = await open({ clock });

    await store.rotate('log', { overlapSeconds: 3600 });

    expect(store.signingKeys('log')[1]!.retiredAt).toEqual(
      new Date(clock.now().getTime() + 3_600_000),
    );
  });

  it('is seen by a process that runs already', async () => {
    const [first, second] = [await open(), await open()];
    const { keyId } = await first.rotate('access-token');

    await sleep(600);
    expect(keyIds(second)[0]).toBe(keyId);
    const next = await second.rotate('access-token');
    first.refresh();
    expect(keyIds(first)[0]).toBe(next.keyId);
  });

  it('signs with the newest key even where the clock was set back meanwhile', async () => {
    const clock = new SimulatedClock();
    const store = await open({ clock });
    clock.advance(-86_400_000);

    const { keyId } = await store.rotate('log');

    expect(keyIds(await open(), 'log')[0]).toBe(keyId);
  });

  it('forgets a token key once nothing it signed can be good, and never a key of the log', async () => {
    const clock = new SimulatedClock();
    const store = await open({ clock });
    for (const name of ['access-token', 'log'] as const) await store.rotate(name);
    clock.advance(90_001_000);
    for (const name of ['access-token', 'log'] as const) await store.rotate(name);

    expect(keyIds(store)).toHaveLength(2);
    expect(keyIds(store, 'log')).toHaveLength(3);
  });

  it('keeps a record of each, for the ledger', async () => {
    const store = await open();
    const { keyId } = await store.rotate('log');
    await store.rotate('access-token');

    const rotations = (await open()).rotations();
    expect(rotations.map(({ name }) => name)).toEqual(['log', 'access-token']);
    expect(rotations[0]).toMatchObject({ keyId, rotatedAt: expect.any(Date) });
    expect(new Set(rotations.map(({ id }) => id)).size).toBe(2);
  });

  it('loses none of two processes that rotate at once', async () => {
    await open();
    const turns = 25;
    const children = [0, 1].map(() =>
      startChild(program, { env: {}, parameters: [directory, masterText, String(turns)] }),
    );
    expect(await Promise.all(children.map((child) => child.ended()))).toEqual([0, 0]);

    const told = children.flatMap(({ output }) =>
      [...output.matchAll(/rotated (\S+)/g)].map(([, keyId]) => keyId),
    );
    const store = await open();
    expect(new Set(told).size).toBe(2 * turns);
    expect(keyIds(store).slice(0, -1).sort()).toEqual([...told].sort());
    expect(store.rotations()).toHaveLength(2 * turns);
    expect((await readdir(directory)).filter((name) => name.includes('sealed'))).toHaveLength(1);
  });

  it('leaves the old keys or the new ones when it is killed in the middle', async () => {
    await open();
    let known: readonly string[] = keyIds(await open());
    for (const milliseconds of [0, 3, 8]) {
      const child = startChild(program, { env: {}, parameters: [directory, masterText] });
      await child.waitFor(/rotated/);
      await sleep(milliseconds);
      await child.end('SIGKILL');

      const told = [...child.output.matchAll(/rotated (\S+)\n/g)].map(([, keyId]) => keyId ?? '');
      const after = keyIds(await open());
      expect(after).toEqual(expect.arrayContaining([...told, ...known]));
      known = after;
    }
    const store = await open();
    await store.rotate('access-token');
    expect((await readdir(directory)).filter((name) => name.includes('sealed'))).toHaveLength(1);
  });
});

describe('a rotation of the master key', () => {
  it('seals the same keys under the new one, and the former opens nothing any more', async () => {
    const store = await open();
    const before = keyIds(store);

    await store.rotateMasterKey(nextMasterKey);

    await expect(open()).rejects.toThrow(/does not open/);
    const reopened = await open({ masterKey: nextMasterKey });
    expect(keyIds(reopened)).toEqual(before);
    expect(reopened.rotations().map(({ name, keyId }) => [name, keyId])).toEqual([
      ['master', null],
    ]);
  });

  it('goes on under the new one where a process holds both', async () => {
    const [running, tool] = [await open({ nextMasterKey }), await open({ nextMasterKey })];

    await tool.rotateMasterKey(nextMasterKey);
    const { keyId } = await running.rotate('access-token');

    expect(await running.isHealthy()).toBe(true);
    expect(keyIds(await open({ masterKey: nextMasterKey }))[0]).toBe(keyId);
  });

  it('keeps its keys, says so and changes nothing where a process holds only the former one', async () => {
    const [running, tool] = [await open(), await open()];
    const before = keyIds(running);

    await tool.rotateMasterKey(nextMasterKey);

    expect(await running.isHealthy()).toBe(false);
    expect(keyIds(running)).toEqual(before);
    await expect(running.rotate('access-token')).rejects.toThrow(/another master key/);
  });

  it('refuses the key that stands', async () => {
    await expect((await open()).rotateMasterKey(masterKey)).rejects.toThrow(/already/);
  });
});

describe('the store of a running process', () => {
  it('does not take over a file that holds other keys', async () => {
    const store = await open();
    const before = keyIds(store);
    const folder = await mkdtemp(join(tmpdir(), 'probity-other-keys-'));
    const other = await open({ directory: folder });
    await other.rotate('access-token');
    await writeFile(
      join(directory, 'key-store.sealed.7'),
      await readFile(join(folder, 'key-store.sealed.1')),
    );
    await rm(folder, { recursive: true });

    expect(await store.isHealthy()).toBe(false);
    expect(keyIds(store)).toEqual(before);
  });
});

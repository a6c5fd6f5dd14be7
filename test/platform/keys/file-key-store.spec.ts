import { createHash, randomBytes, sign, verify } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { calculateJwkThumbprint, exportJWK } from 'jose';

import { FileKeyStore } from '../../../src/platform/file-key-store.js';
import { KeyDestroyed } from '../../../src/platform/key-store.port.js';
import { Secret } from '../../../src/platform/secret.js';

let directory: string;
const masterKey = new Secret(randomBytes(32).toString('base64'));

const open = (
  options: Partial<Parameters<typeof FileKeyStore.open>[0]> = {},
): Promise<FileKeyStore> =>
  FileKeyStore.open({ directory, masterKey, production: false, ...options });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'probity-keys-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('FileKeyStore', () => {
  it('opens with the same keys after a restart', async () => {
    const first = await open();
    const second = await open();

    expect(second.mac('address', 'x')).toEqual(first.mac('address', 'x'));
    expect(second.signingKeys('log')[0]!.keyId).toBe(first.signingKeys('log')[0]!.keyId);
    expect(
      second.open('notification', first.seal('notification', Buffer.from('a'), 'c'), 'c'),
    ).toEqual(Buffer.from('a'));
  });

  it('makes one and the same keys when several start together', async () => {
    const stores = await Promise.all(Array.from({ length: 12 }, () => open({ masterKey: null })));

    expect(new Set(stores.map((store) => store.mac('audit-event', 'x').toString('hex'))).size).toBe(
      1,
    );
    expect((await readdir(directory)).sort()).toEqual([
      'development-master-key',
      'key-store.sealed',
    ]);
  });

  it('keeps its files to their owner and no key in clear', async () => {
    const store = await open({ masterKey: null });
    const seed = store.signingKeys('log')[0]!.privateKey.export({ format: 'jwk' }).d!;

    for (const name of await readdir(directory)) {
      expect((await stat(join(directory, name))).mode & 0o077).toBe(0);
    }
    const sealed = await readFile(join(directory, 'key-store.sealed'));
    expect(sealed.includes(Buffer.from(seed, 'base64url'))).toBe(false);
    expect(sealed.toString('latin1')).not.toContain('signing');
  });

  it('does not open under another master key', async () => {
    await open();
    const other = new Secret(randomBytes(32).toString('base64'));

    await expect(open({ masterKey: other })).rejects.toThrow(/does not open/);
  });

  it('does not open when one byte of the file is changed', async () => {
    await open();
    const path = join(directory, 'key-store.sealed');
    const bytes = await readFile(path);
    bytes[100] = bytes[100]! ^ 1;
    await chmod(path, 0o600);
    await writeFile(path, bytes);

    await expect(open()).rejects.toThrow(/does not open/);
  });

  it('refuses production without a master key', async () => {
    await expect(open({ production: true, masterKey: null })).rejects.toThrow(/PROBITY_MASTER_KEY/);
    expect(await readdir(directory)).toEqual([]);
  });

  it('refuses production over keys that were made in development', async () => {
    await open();

    await expect(open({ production: true })).rejects.toThrow(/made in development/);
  });

  it('gives each use of a MAC its own key', async () => {
    const store = await open();

    expect(store.mac('address', 'x')).toHaveLength(32);
    expect(store.mac('address', 'x')).not.toEqual(store.mac('blind-index', 'x'));
  });

  it('opens a seal only under its own name, context and bytes', async () => {
    const store = await open();
    const sealed = store.seal('notification', Buffer.from('code'), 'outbox:1');

    expect(sealed).toHaveLength(29 + 4);
    expect(store.open('notification', sealed, 'outbox:1').toString()).toBe('code');
    expect(() => store.open('notification', sealed, 'outbox:2')).toThrow();
    expect(() => store.open('idempotency', sealed, 'outbox:1')).toThrow();
    expect(() => store.open('notification', sealed.subarray(0, 20), 'outbox:1')).toThrow();
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = changed[at]! ^ 1;
      expect(() => store.open('notification', changed, 'outbox:1')).toThrow();
    }
  });

  it('unwraps a key only under its own id and context', async () => {
    const store = await open();
    const key = randomBytes(32);
    const wrapped = store.wrap('key-1', key, 'person');

    expect(wrapped).toHaveLength(61);
    expect(store.unwrap('key-1', wrapped, 'person')).toEqual(key);
    expect(() => store.unwrap('key-2', wrapped, 'person')).toThrow();
    expect(() => store.unwrap('key-1', wrapped, 'other')).toThrow();
  });

  it('refuses a destroyed key even where its wrapping is kept, in every process', async () => {
    const store = await open();
    const other = await open();
    const wrapped = store.wrap('key-1', randomBytes(32), 'person');
    await store.destroy('key-1');

    expect(store.isDestroyed('key-1')).toBe(true);
    expect(() => store.unwrap('key-1', wrapped, 'person')).toThrow(KeyDestroyed);
    expect(() => other.unwrap('key-1', wrapped, 'person')).toThrow(KeyDestroyed);
    expect(() =>
      other.unwrap('key-2', other.wrap('key-2', randomBytes(32), 'p'), 'p'),
    ).not.toThrow();
    expect((await open()).isDestroyed('key-1')).toBe(true);
  });

  it('remembers every tombstone of many destroyed at once', async () => {
    const store = await open();
    const ids = Array.from({ length: 20 }, (_, index) => `key-${String(index)}`);
    await Promise.all(ids.map((id) => store.destroy(id)));

    const reopened = await open();
    expect(ids.filter((id) => !reopened.isDestroyed(id))).toEqual([]);
  });

  it('signs with Ed25519, the token key named by its thumbprint and the log key by 8 hex digits', async () => {
    const store = await open();
    const [token] = store.signingKeys('access-token');
    const [log] = store.signingKeys('log');

    expect(
      verify(
        null,
        Buffer.from('m'),
        token!.publicKey,
        sign(null, Buffer.from('m'), token!.privateKey),
      ),
    ).toBe(true);
    expect(token!.keyId).toBe(await calculateJwkThumbprint(await exportJWK(token!.publicKey)));
    expect(log!.keyId).toBe(
      createHash('sha256').update(log!.publicKeyBytes).digest('hex').slice(0, 8),
    );
    expect(log!.publicKeyBytes).toHaveLength(32);
  });

  it('is healthy while its file can be read', async () => {
    const store = await open();

    expect(await store.isHealthy()).toBe(true);
    await rm(join(directory, 'key-store.sealed'));
    expect(await store.isHealthy()).toBe(false);
  });
});

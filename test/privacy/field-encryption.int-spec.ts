import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DataSource } from 'typeorm';

import {
  FileKeyStore,
  KeyDestroyed,
  PersonKeyring,
  SealBroken,
  type SubjectRef,
  SystemIdSource,
} from '../../src/platform/index.js';
import { FieldEncryption } from '../../src/privacy/index.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

const ids = new SystemIdSource();
const place = { table: 'customers', column: 'phone', rowId: 'row-1' };

let database: TestDatabase;
let directory: string;
let app: DataSource;
let keys: FileKeyStore;
let keyring: PersonKeyring;
let encryption: FieldEncryption;
let jane: SubjectRef;
let juan: SubjectRef;

beforeAll(async () => {
  database = await openTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'probity-fields-'));
  app = await new DataSource({ type: 'postgres', url: database.urls.app.reveal() }).initialize();
});

beforeEach(async () => {
  keys = await FileKeyStore.open({ directory, masterKey: null, production: false });
  keyring = new PersonKeyring(keys, ids);
  encryption = new FieldEncryption(keyring);
  jane = ids.random();
  juan = ids.random();
  await keyring.create(app.manager, jane);
  await keyring.create(app.manager, juan);
});

afterAll(async () => {
  await app.destroy();
  await database.close();
  await rm(directory, { recursive: true });
});

const seal = (subjectRef: SubjectRef, text = '+14155550134'): Promise<Buffer> =>
  encryption.encrypt(app.manager, subjectRef, place, text);

describe('FieldEncryption', () => {
  it('gives back the text, 29 bytes longer in between and different each time', async () => {
    const [one, other] = [await seal(jane), await seal(jane)];

    expect(one).toHaveLength(12 + 29);
    expect(one).not.toEqual(other);
    expect(one.includes('4155550134')).toBe(false);
    expect(await encryption.decrypt(app.manager, jane, place, one)).toBe('+14155550134');
  });

  it('does not open for another person, not even under that person’s own key', async () => {
    const [ofJane, ofJuan] = [await seal(jane), await seal(juan)];

    await expect(encryption.decrypt(app.manager, juan, place, ofJane)).rejects.toThrow(SealBroken);
    await expect(encryption.decrypt(app.manager, jane, place, ofJuan)).rejects.toThrow(SealBroken);
  });

  it.each([{ table: 'staff' }, { column: 'email' }, { rowId: 'row-2' }])(
    'does not open at another place: %j',
    async (other) => {
      const sealed = await seal(jane);

      await expect(
        encryption.decrypt(app.manager, jane, { ...place, ...other }, sealed),
      ).rejects.toThrow(SealBroken);
    },
  );

  it('does not open with a shortened tag or a changed byte', async () => {
    const sealed = await seal(jane);
    const changed = Buffer.from(sealed);
    changed[changed.length - 1] = changed.at(-1)! ^ 1;

    for (const broken of [changed, sealed.subarray(0, 17), Buffer.alloc(0)]) {
      await expect(encryption.decrypt(app.manager, jane, place, broken)).rejects.toThrow(
        SealBroken,
      );
    }
  });

  it('does not let a place pose as another by a line break', async () => {
    await expect(
      encryption.encrypt(app.manager, jane, { ...place, rowId: 'row\n1' }, 'x'),
    ).rejects.toThrow(/place/);
  });
});

describe('PersonKeyring', () => {
  it('finds the key again in another process', async () => {
    const sealed = await seal(jane);
    const elsewhere = new FieldEncryption(new PersonKeyring(keys, ids));

    expect(await elsewhere.decrypt(app.manager, jane, place, sealed)).toBe('+14155550134');
  });

  it('forgets a destroyed key here and elsewhere, and leaves others alone', async () => {
    const otherKeys = await FileKeyStore.open({ directory, masterKey: null, production: false });
    const elsewhere = new FieldEncryption(new PersonKeyring(otherKeys, ids));
    const sealed = await seal(jane);
    await elsewhere.decrypt(app.manager, jane, place, sealed);
    await keyring.destroy(app.manager, jane);
    // Half a second is how long another process may lag behind.
    await new Promise((resolve) => setTimeout(resolve, 600));

    await expect(encryption.decrypt(app.manager, jane, place, sealed)).rejects.toThrow(
      KeyDestroyed,
    );
    await expect(elsewhere.decrypt(app.manager, jane, place, sealed)).rejects.toThrow(KeyDestroyed);
    await expect(seal(juan)).resolves.toBeInstanceOf(Buffer);
  });

  it('does not open a wrapping that was restored after its destruction', async () => {
    const sealed = await seal(jane);
    const [row] = await database.query<{ key_id: string; wrapped_key: Buffer }>(
      'SELECT key_id, wrapped_key FROM person_keys WHERE subject_ref = $1',
      [jane],
    );
    await keyring.destroy(app.manager, jane);
    await database.query(
      'INSERT INTO person_keys (key_id, subject_ref, generation, wrapped_key) VALUES ($1, $2, 1, $3)',
      [row!.key_id, jane, row!.wrapped_key],
    );

    await expect(
      new FieldEncryption(new PersonKeyring(keys, ids)).decrypt(app.manager, jane, place, sealed),
    ).rejects.toThrow(KeyDestroyed);
  });

  it('does not take one person’s wrapping for another’s', async () => {
    const stranger = ids.random<SubjectRef>();
    await database.query(
      `INSERT INTO person_keys (key_id, subject_ref, generation, wrapped_key)
       SELECT gen_random_uuid(), $1, generation, wrapped_key FROM person_keys WHERE subject_ref = $2`,
      [stranger, jane],
    );

    await expect(seal(stranger)).rejects.toThrow(SealBroken);
  });

  it('keeps wrappings from the reader and lets nobody change one', async () => {
    await expect(database.query('SELECT * FROM person_keys', [], 'reader')).rejects.toThrow(
      /permission/,
    );
    await expect(
      database.query('UPDATE person_keys SET generation = 2', [], 'app'),
    ).rejects.toThrow(/permission/);
  });
});

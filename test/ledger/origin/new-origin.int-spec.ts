import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Client, Pool } from 'pg';
import { DataSource } from 'typeorm';

import { CheckpointSigner } from '../../../src/ledger/checkpoint-signer.js';
import { verifyIndex } from '../../../src/ledger/completeness/verify-index.js';
import { findGuardFaults } from '../../../src/ledger/guard/guard-look.js';
import { committed, indexCommitted } from '../../../src/ledger/index.js';
import { LogOriginCheck } from '../../../src/ledger/origin/log-origin-check.js';
import { NewOrigin } from '../../../src/ledger/origin/new-origin.js';
import type { Receipt } from '../../../src/ledger/receipt.js';
import { Sealer } from '../../../src/ledger/sealer.js';
import {
  appendLeaves,
  emptyFrontier,
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  rootOf,
} from '../../../src/ledger/tree/index.js';
import { verifyLedger } from '../../../src/ledger/verification/verify-ledger.js';
import { verifyReceipt } from '../../../src/ledger/verification/verify-receipt.js';
import { LosableClient, SystemClock } from '../../../src/platform/index.js';
import {
  connectLedger,
  FakeLedgerPolicy,
  type LedgerFixture,
  noteTaken,
  openLedger,
  origin,
} from '../ledger-fixture.js';

const successor = 'test.example/ledger-2';
const backedUp = 300;
const lost = 10;
const tables = [
  'audit_events',
  'audit_entries',
  'audit_tiles',
  'audit_checkpoints',
  'audit_pending',
  'sealer_progress',
];

/** A log of 310 signed entries whose database came back from a backup of 300. */
describe('NewOrigin', () => {
  let ledger: LedgerFixture;
  let superuser: Client;
  let owner: DataSource;
  let newOrigin: NewOrigin;
  let memoryPath: string;
  let receipts: Receipt[];
  let signedBefore: string;

  beforeAll(async () => {
    ledger = await openLedger();
    memoryPath = join(ledger.keysDirectory, 'last-signed-checkpoint');
    superuser = new Client({ connectionString: ledger.database.urls.superuser.reveal() });
    await superuser.connect();
    const url = ledger.database.urls.owner.reveal();
    owner = new DataSource({ type: 'postgres', url, poolSize: 1 });
    await owner.initialize();
    const { keys, keysDirectory } = ledger;
    newOrigin = new NewOrigin({
      database: owner,
      keys,
      keysDirectory,
      memoryPath,
      policy: new FakeLedgerPolicy(),
      clock: new SystemClock(),
    });
    receipts = await record(ledger, backedUp);
    await commitToSomeIndex();
    await seal(origin);
    for (const table of tables)
      await superuser.query(`CREATE TABLE saved_${table} AS TABLE ${table}`);
    receipts.push(...(await record(ledger, lost)));
    await seal(origin);
    await restore();
    signedBefore = await readFile(memoryPath, 'utf8');
  });
  afterAll(async () => {
    await owner.destroy();
    await superuser.end();
    await ledger.database.close();
    await rm(ledger.keysDirectory, { recursive: true, force: true });
  });

  async function record(
    { audited, actor }: Pick<LedgerFixture, 'audited' | 'actor'>,
    count: number,
  ) {
    const made: Receipt[] = [];
    for (let n = 0; n < count; n += 1) {
      const note = noteTaken({ detail: { text: `note ${n}` } });
      made.push((await audited.run(actor, () => Promise.resolve(committed({}, note)))).receipt);
    }
    return made;
  }

  /** As the old log's hourly job leaves one behind. */
  async function commitToSomeIndex(): Promise<void> {
    const detail = { treeSize: 250, rootHash: Buffer.alloc(32, 7).toString('base64'), keys: 3 };
    await ledger.audited.run(ledger.actor, () =>
      Promise.resolve(committed({}, indexCommitted({ detail }))),
    );
  }

  /** Seals and signs all that waits; answers what kept it from doing so. */
  async function seal(name: string): Promise<unknown[]> {
    const connectionString = ledger.database.urls.sealer.reveal();
    const pool = new Pool({ connectionString, max: 4, pipeline: true, Client: LosableClient });
    const faults: unknown[] = [];
    const sealer = new Sealer({
      pool,
      signer: new CheckpointSigner(ledger.keys, name, { path: memoryPath }),
      admission: ledger.admission,
      onFault: (error) => void faults.push(error),
    });
    sealer.start();
    while (sealer.stats().state === 'standby') await new Promise(setImmediate);
    await sealer.stop();
    await pool.end();
    return faults;
  }

  async function restore(): Promise<void> {
    await superuser.query('BEGIN; SET LOCAL session_replication_role = replica');
    for (const table of tables) {
      const { rows } = await superuser.query<{ name: string }>(
        `SELECT relid::regclass::text AS name FROM pg_partition_tree('${table}') UNION SELECT '${table}'`,
      );
      for (const { name } of rows)
        await superuser.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
      await superuser.query(`DELETE FROM ${table}`);
      await superuser.query(`INSERT INTO ${table} SELECT * FROM saved_${table}`);
      for (const { name } of rows)
        await superuser.query(
          `DO $$ BEGIN ALTER TABLE ${name} ENABLE ALWAYS TRIGGER refuse_change;
           EXCEPTION WHEN undefined_object THEN NULL; END $$`,
        );
    }
    await superuser.query('COMMIT');
  }

  const verify = async () => {
    const signer = new CheckpointSigner(ledger.keys, successor, { path: memoryPath });
    return verifyLedger({
      connection: superuser,
      origin: successor,
      verifiers: signer.verifiers(),
      verifiersAt: (signedAt) => signer.verifiersAt(signedAt),
      macOf: (event) => ledger.keys.mac('audit-event', event),
      lastSigned: signer.lastSigned(),
    });
  };
  const start = (name: string) => new LogOriginCheck(name, memoryPath, superuser).onModuleInit();
  const guardFaults = () => findGuardFaults(superuser, { isEmbedded: false });
  const keptFile = async (directory: string, name: string) =>
    readFile(join(directory, name), 'utf8');
  const linesOf = async <Line>(directory: string, name: string): Promise<Line[]> =>
    (await keptFile(directory, name))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);

  it('refuses where a process of the service still has connections', async () => {
    await expect(newOrigin.begin(successor, origin)).rejects.toThrow('stop every process of it');
    await ledger.app.destroy();
  });

  it('refuses where a sealer is at work', async () => {
    await superuser.query('SELECT pg_advisory_lock(7762489102)');
    await expect(newOrigin.begin(successor, origin)).rejects.toThrow('stop every process of it');
    await superuser.query('SELECT pg_advisory_unlock(7762489102)');
  });

  it('refuses the same origin, and a log that is not the one that was signed', async () => {
    await expect(newOrigin.begin(origin, origin)).rejects.toThrow('The new origin is the old one');
    await expect(newOrigin.begin(successor, 'other.example/ledger')).rejects.toThrow(
      `The log that was signed last is ${origin}, not other.example/ledger.`,
    );
  });

  it('leaves everything as it was where it fails half-way', async () => {
    await superuser.query(`
      CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'broken off'; END $$;
      CREATE TRIGGER break_off BEFORE INSERT ON audit_checkpoints EXECUTE FUNCTION break_off()`);
    await expect(newOrigin.begin(successor, origin)).rejects.toThrow('broken off');
    await superuser.query('DROP TRIGGER break_off ON audit_checkpoints; DROP FUNCTION break_off');
    expect(await readFile(memoryPath, 'utf8')).toBe(signedBefore);
    expect(await guardFaults()).toEqual([]);
    await expect(start(origin)).resolves.toBeUndefined();
    const [fault] = await seal(origin);
    expect(String(fault)).toBe(
      'SignerRefusal: The log has 301 entries; a checkpoint over 311 was signed before',
    );
  });

  it('begins a log whose first entry names the head of the old one', async () => {
    const { ended, waiting } = await newOrigin.begin(successor, origin);
    expect(waiting).toBe(301);
    expect(await verify()).toMatchObject({
      isSound: true,
      treeSize: 1,
      checkpoints: 1,
      pending: 301,
    });

    const { rows } = await superuser.query<{ event: string }>(
      `SELECT event FROM audit_entries JOIN audit_events ON id = event_id WHERE leaf_index = 0`,
    );
    const head = parseCheckpoint(openNote(signedBefore, ended.vkeys.map(parseVerifierKey)).text);
    expect(JSON.parse(rows[0]!.event)).toMatchObject({
      type: 'ledger.origin_began',
      detail: {
        oldOrigin: origin,
        oldSize: 311,
        oldRoot: head.rootHash.toString('base64'),
        oldVkeys: ended.vkeys,
      },
    });
  });

  it('lets no service start under the old origin', async () => {
    await expect(start(origin)).rejects.toThrow(
      `The signer remembers the log ${successor}, and PROBITY_LOG_ORIGIN is ${origin}.`,
    );
    await expect(start(successor)).resolves.toBeUndefined();
  });

  it('finishes when it was killed after its commit and before it moved the memory', async () => {
    const { directory } = await newOrigin.begin(successor, origin);
    await rename(join(directory, 'last-signed-checkpoint'), memoryPath);
    await expect(start(successor)).rejects.toThrow('or its beginning finished');
    await newOrigin.begin(successor, origin);
    await expect(start(successor)).resolves.toBeUndefined();
    expect((await verify()).isSound).toBe(true);
  });

  it('seals on: every event that survived once, then what is new', async () => {
    const connected = await connectLedger(ledger.database.urls.app.reveal(), ledger.keysDirectory);
    await record(connected, 5);
    await connected.app.destroy();
    expect(await seal(successor)).toEqual([]);
    expect(await verify()).toMatchObject({ isSound: true, damages: [], treeSize: 307, pending: 0 });
    expect(await guardFaults()).toEqual([]);
    expect(await verifyIndex(superuser)).toMatchObject({ damages: [] });
    await expect(superuser.query('TRUNCATE audit_entries')).rejects.toThrow();
  });

  it('keeps the old log, under which its receipts and checkpoints still verify', async () => {
    const { directory, ended } = await newOrigin.begin(successor, origin);
    const keys = ended.vkeys.map(parseVerifierKey);
    for (const receipt of receipts) expect(() => verifyReceipt(receipt, keys)).not.toThrow();
    expect(await keptFile(directory, 'last-signed-checkpoint')).toBe(signedBefore);

    const entries = await linesOf<{ eventId: string; leafHash: string }>(
      directory,
      'entries.jsonl',
    );
    expect(entries.map(({ eventId }) => eventId).slice(0, backedUp)).toEqual(
      receipts.slice(0, backedUp).map(({ eventId }) => eventId),
    );
    const checkpoints = await linesOf<{ note: string }>(directory, 'checkpoints.jsonl');
    const newest = parseCheckpoint(openNote(checkpoints.at(-1)!.note, keys).text);
    const leaves = entries.map(({ leafHash }) => Buffer.from(leafHash, 'base64'));
    expect(newest.treeSize).toBe(leaves.length);
    expect(rootOf(appendLeaves(emptyFrontier, leaves))).toEqual(newest.rootHash);
  });

  it('refuses an origin that was ended before', async () => {
    await expect(newOrigin.begin(origin, successor)).rejects.toThrow('was ended before');
    await expect(newOrigin.begin(successor, 'other.example/ledger')).rejects.toThrow(
      'did not follow other.example/ledger',
    );
  });
});

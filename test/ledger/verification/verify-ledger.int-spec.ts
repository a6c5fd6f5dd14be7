import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Pool } from 'pg';

import { CheckpointSigner } from '../../../src/ledger/checkpoint-signer.js';
import { committed, examineReceipts } from '../../../src/ledger/index.js';
import { hashSourceOf } from '../../../src/ledger/log-reader.js';
import { SealedLog } from '../../../src/ledger/sealed-log.js';
import {
  appendLeaves,
  cosignCheckpoint,
  emptyFrontier,
  foldHashes,
  formatEntry,
  formatSignature,
  leafHash,
  noPreviousLeafHash,
  proveConsistency,
  splitNote,
  tileWidth,
} from '../../../src/ledger/tree/index.js';
import {
  type LedgerVerification,
  verifyLedger,
} from '../../../src/ledger/verification/verify-ledger.js';
import {
  isEventOf,
  parseReceipt,
  verifyReceipt,
} from '../../../src/ledger/verification/verify-receipt.js';
import { newSigner, verifierOf } from '../tree/keys.js';
import { noteTaken, openLedger, origin, type LedgerFixture } from '../ledger-fixture.js';

const entries = 300;

/** As superuser, triggers off: what the owner of the server can do and the ledger must show. */
describe('verifyLedger', () => {
  let ledger: LedgerFixture;
  let reader: Pool;
  let memory: string;
  let signer: CheckpointSigner;
  let superuser: Client;

  beforeAll(async () => {
    ledger = await openLedger();
    memory = await mkdtemp(join(tmpdir(), 'probity-signer-'));
    signer = new CheckpointSigner(ledger.keys, origin, { path: join(memory, 'signer') });
    await record(entries - 40);
    await seal();
    await record(40);
    await seal();
    reader = new Pool({ connectionString: ledger.database.urls.reader.reveal(), max: 1 });
    reader.on('error', () => undefined);
    superuser = new Client({ connectionString: ledger.database.urls.superuser.reveal() });
    await superuser.connect();
  });
  afterAll(async () => {
    await superuser.end();
    await reader.end();
    await ledger.close();
    await rm(memory, { recursive: true, force: true });
  });

  async function record(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      await ledger.audited.run(ledger.actor, () =>
        Promise.resolve(committed({}, noteTaken({ detail: { text: `note ${n}` } }))),
      );
    }
  }

  async function seal(): Promise<void> {
    const client = new Client({
      connectionString: ledger.database.urls.sealer.reveal(),
      pipeline: true,
    });
    await client.connect();
    const log = await SealedLog.takeOver(client);
    await log.sealBatch(1_000);
    const { treeSize, rootHash } = log;
    const note = await signer.sign({ treeSize, rootHash }, (size) =>
      proveConsistency(size, treeSize, hashSourceOf(client)),
    );
    await client.query('INSERT INTO audit_checkpoints VALUES ($1, $2, $3, now())', [
      treeSize,
      rootHash,
      note,
    ]);
    await client.end();
  }

  const verify = async (options: { withMemory?: boolean; withKeys?: boolean } = {}) =>
    verifyLedger({
      connection: superuser,
      origin,
      verifiers: signer.verifiers(),
      verifiersAt: (signedAt) => signer.verifiersAt(signedAt),
      macOf: options.withKeys === false ? null : (event) => ledger.keys.mac('audit-event', event),
      lastSigned: options.withMemory === false ? null : signer.lastSigned(),
    });

  /** Tampers inside a transaction that the verifier reads in, and takes it back. */
  async function tampered(
    statements: readonly string[] | (() => Promise<void>),
    options: { withMemory?: boolean; withKeys?: boolean } = {},
  ): Promise<LedgerVerification> {
    await superuser.query('BEGIN');
    try {
      for (const table of ['audit_events', 'audit_entries', 'audit_tiles', 'audit_checkpoints']) {
        const partitions = await superuser.query<{ name: string }>(
          `SELECT relid::regclass::text AS name FROM pg_partition_tree('${table}')
           UNION SELECT '${table}'`,
        );
        for (const { name } of partitions.rows) {
          await superuser.query(`ALTER TABLE ${name} DISABLE TRIGGER ALL`);
        }
      }
      if (typeof statements === 'function') await statements();
      else for (const statement of statements) await superuser.query(statement);
      return await verify(options);
    } finally {
      await superuser.query('ROLLBACK');
    }
  }
  const eventAt = async (index: number): Promise<string> =>
    (
      await superuser.query<{ event_id: string }>(
        'SELECT event_id FROM audit_entries WHERE leaf_index = $1',
        [index],
      )
    ).rows[0]!.event_id;

  it('finds nothing in a ledger that nobody touched, as the reader role', async () => {
    const verification = await verifyLedger({
      connection: reader,
      origin,
      verifiers: signer.verifiers(),
      macOf: (event) => ledger.keys.mac('audit-event', event),
      lastSigned: signer.lastSigned(),
    });

    expect(verification).toMatchObject({
      isSound: true,
      damages: [],
      treeSize: entries,
      checkpoints: 2,
      pending: 0,
    });
  });

  it('names an event whose bytes were edited', async () => {
    const eventId = await eventAt(17);
    const { damages } = await tampered([
      `UPDATE audit_events SET event = replace(event, 'note 17', 'note 18') WHERE id = '${eventId}'`,
    ]);
    expect(damages).toEqual([{ kind: 'event_changed', leafIndex: 17, eventId }]);
  });

  it('names an edited event whose hash was recomputed with it', async () => {
    const eventId = await eventAt(17);
    const edit = [
      `UPDATE audit_events SET event = replace(event, 'note 17', 'note 18') WHERE id = '${eventId}'`,
      `UPDATE audit_events SET event_hash = sha256(convert_to(event, 'UTF8')) WHERE id = '${eventId}'`,
    ];
    const withKeys = await tampered(edit);
    expect(withKeys.damages).toEqual([{ kind: 'event_forged', leafIndex: 17, eventId }]);
    const withoutKeys = await tampered(edit, { withKeys: false });
    expect(withoutKeys.damages).toEqual([{ kind: 'entry_out_of_place', leafIndex: 17, eventId }]);
  });

  it.each([
    ['type', `'account.other'`],
    ['actor_id', `'somebody'`],
    ['outcome', `'refused'`],
    ['recorded_at', `recorded_at + interval '1 hour'`],
    ['subject_ref', 'gen_random_uuid()'],
  ])('names an event whose column %s was edited', async (column, value) => {
    const eventId = await eventAt(5);
    const { damages } = await tampered([
      `UPDATE audit_events SET ${column} = ${value} WHERE id = '${eventId}'`,
    ]);
    expect(damages).toEqual([{ kind: 'columns_changed', leafIndex: 5, eventId }]);
  });

  it.each([0, 120, entries - 1])(
    'names the event that was deleted behind entry %i',
    async (index) => {
      const eventId = await eventAt(index);
      const { damages } = await tampered([`DELETE FROM audit_events WHERE id = '${eventId}'`]);
      expect(damages[0]).toEqual({ kind: 'event_missing', leafIndex: index, eventId });
    },
  );

  it.each([0, 120])('names the index of entry %i when it was deleted', async (index) => {
    const { damages } = await tampered([`DELETE FROM audit_entries WHERE leaf_index = ${index}`]);
    expect(damages[0]).toEqual({ kind: 'entry_missing', leafIndex: index, eventId: null });
  });

  it('names both of two events that changed places', async () => {
    const [one, two] = [await eventAt(30), await eventAt(31)];
    const { damages } = await tampered([
      'DROP INDEX audit_entries_000000_by_event',
      `UPDATE audit_entries SET event_id = CASE leaf_index WHEN 30 THEN '${two}'::uuid ELSE '${one}'::uuid END
       WHERE leaf_index IN (30, 31)`,
    ]);
    expect(damages).toEqual([
      { kind: 'entry_out_of_place', leafIndex: 30, eventId: two },
      { kind: 'entry_out_of_place', leafIndex: 31, eventId: one },
    ]);
  });

  it('names the entry that was inserted between two others', async () => {
    const { damages } = await tampered([
      'DROP INDEX audit_entries_000000_by_event',
      'UPDATE audit_entries SET leaf_index = leaf_index + 1000 WHERE leaf_index >= 50',
      `INSERT INTO audit_entries VALUES (50, (SELECT event_id FROM audit_entries WHERE leaf_index = 7), sha256('x'))`,
      'UPDATE audit_entries SET leaf_index = leaf_index - 999 WHERE leaf_index >= 1050',
      'UPDATE sealer_progress SET tree_size = tree_size + 1',
    ]);
    expect(damages).toContainEqual(
      expect.objectContaining({ kind: 'entry_out_of_place', leafIndex: 50 }),
    );
    expect(damages[0]).toMatchObject({ kind: 'entry_repeated', leafIndex: 7 });
  });

  it('finds an event that was smuggled in beside the log', async () => {
    const { damages } = await tampered([
      `INSERT INTO audit_events
         (id, event, event_hash, mac, type, actor_id, outcome, request_id, recorded_at)
       SELECT overlay(id::text placing '7fff' from 15 for 4)::uuid, event, event_hash, mac, type,
         actor_id, outcome, request_id, recorded_at FROM audit_events LIMIT 1`,
    ]);
    expect(damages[0]).toMatchObject({ kind: 'event_unqueued', leafIndex: null });
  });

  it('finds a truncated tail by the checkpoint over it', async () => {
    const cut = [
      `DELETE FROM audit_entries WHERE leaf_index >= ${entries - 10}`,
      `UPDATE sealer_progress SET tree_size = ${entries - 10}`,
    ];
    expect((await tampered(cut)).damages[0]).toMatchObject({
      kind: 'log_truncated',
      leafIndex: entries - 10,
    });
  });

  it('finds a tail that was truncated with its checkpoint by what the signer remembers', async () => {
    const cut = [
      `DELETE FROM audit_events WHERE id IN
         (SELECT event_id FROM audit_entries WHERE leaf_index >= ${entries - 40})`,
      `DELETE FROM audit_entries WHERE leaf_index >= ${entries - 40}`,
      `DELETE FROM audit_checkpoints WHERE tree_size > ${entries - 40}`,
      `DELETE FROM audit_tiles WHERE tile_index >= ${Math.floor((entries - 40) / 256)}`,
      `UPDATE sealer_progress SET tree_size = ${entries - 40}`,
    ];
    expect((await tampered(cut)).damages[0]).toMatchObject({ kind: 'log_truncated' });
  });

  it('finds a rewritten leaf by the signed root over it', async () => {
    const { damages } = await tampered([
      `UPDATE audit_entries SET leaf_hash = sha256('other') WHERE leaf_index = 100`,
    ]);
    expect(damages.map((damage) => damage.kind)).toEqual(
      expect.arrayContaining(['entry_out_of_place', 'tile_changed', 'checkpoint_contradicted']),
    );
    expect(damages[0]).toMatchObject({ leafIndex: 100 });
  });

  it.each([
    ['a deleted tile', 'DELETE FROM audit_tiles', 'tile_missing'],
    ['an edited tile', `UPDATE audit_tiles SET root_hash = sha256('x')`, 'tile_changed'],
    ['an edited head', `UPDATE sealer_progress SET last_leaf_hash = sha256('x')`, 'head_changed'],
    [
      'an edited checkpoint',
      `UPDATE audit_checkpoints SET note = replace(note, E'\\n300\\n', E'\\n299\\n') WHERE tree_size = 300`,
      'checkpoint_forged',
    ],
    [
      'a checkpoint with another root beside its note',
      `UPDATE audit_checkpoints SET root_hash = sha256('x') WHERE tree_size = 300`,
      'checkpoint_forged',
    ],
  ])('finds %s', async (_name, statement, kind) => {
    const { damages, isSound } = await tampered([statement]);
    expect(isSound).toBe(false);
    expect(damages[0]).toMatchObject({ kind });
  });

  it('finds a checkpoint under a key that was not in use when it is said to be signed', async () => {
    const moved = (interval: string) => [
      `UPDATE audit_checkpoints SET signed_at = signed_at ${interval} WHERE tree_size = 300`,
    ];
    const expected = [{ kind: 'checkpoint_out_of_time', leafIndex: 300, eventId: null }];
    expect((await tampered(moved("- interval '1 day'"))).damages).toEqual(expected);
    expect((await tampered(moved("- interval '1 second'"))).damages).toEqual(expected);
  });

  /** What somebody does who knows the format: all of it anew, as if note 17 had always said so. */
  async function rewriteEverything(): Promise<void> {
    await superuser.query(`
      UPDATE audit_events SET event = replace(event, 'note 17"', 'note 71"');
      UPDATE audit_events SET event_hash = sha256(convert_to(event, 'UTF8'));`);
    const { rows } = await superuser.query<{ event: string }>(
      `SELECT event FROM audit_entries JOIN audit_events ON id = event_id ORDER BY leaf_index`,
    );
    let head = emptyFrontier;
    let previous: Buffer = noPreviousLeafHash;
    const leaves: Buffer[] = [];
    for (const [index, { event }] of rows.entries()) {
      previous = leafHash(formatEntry(index, previous, event));
      leaves.push(previous);
      head = appendLeaves(head, [previous]);
    }
    for (const [index, hash] of leaves.entries()) {
      await superuser.query('UPDATE audit_entries SET leaf_hash = $2 WHERE leaf_index = $1', [
        index,
        hash,
      ]);
    }
    const tile = Buffer.concat(leaves.slice(0, tileWidth));
    await superuser.query('UPDATE audit_tiles SET hashes = $1, root_hash = $2', [
      tile,
      foldHashes(tile),
    ]);
    await superuser.query('UPDATE sealer_progress SET frontier = $1, last_leaf_hash = $2', [
      Buffer.concat(head.hashes),
      previous,
    ]);
  }

  it('finds a ledger that was rewritten with every hash recomputed', async () => {
    const kinds = async (...parameters: Parameters<typeof tampered>) =>
      new Set((await tampered(...parameters)).damages.map(({ kind }) => kind));
    const withoutCheckpoints = async (): Promise<void> => {
      await rewriteEverything();
      await superuser.query('DELETE FROM audit_checkpoints');
    };
    // By the MAC, whose key lies outside the database; by the signed heads; by the signer's memory.
    expect(await kinds(rewriteEverything)).toContain('event_forged');
    const noKeys = { withKeys: false };
    expect(await kinds(rewriteEverything, noKeys)).toEqual(new Set(['checkpoint_contradicted']));
    expect(await kinds(withoutCheckpoints, noKeys)).toEqual(new Set(['checkpoint_contradicted']));
    // Whoever has none of them learns nothing: this is what witnesses and receipts are for.
    const nothing = { withKeys: false, withMemory: false };
    expect(await kinds(withoutCheckpoints, nothing)).toEqual(new Set());
  });

  it('leaves receipts in others’ hands that a rewritten event does not fit', async () => {
    const { receipt } = await ledger.audited.run(ledger.actor, () =>
      Promise.resolve(committed({}, noteTaken({ detail: { text: 'a promise' } }))),
    );
    const kept = parseReceipt(JSON.stringify(receipt));
    const eventNow = async (): Promise<string> => {
      const { rows } = await superuser.query<{ event: string }>(
        'SELECT event FROM audit_events WHERE id = $1',
        [kept.eventId],
      );
      return rows[0]?.event ?? '';
    };
    const held = async (...changes: (() => Promise<unknown>)[]): Promise<string[]> => {
      await superuser.query('BEGIN');
      try {
        await superuser.query(`SET LOCAL session_replication_role = replica`);
        await superuser.query('ALTER TABLE audit_events DISABLE TRIGGER ALL');
        for (const change of changes) await change();
        const found = await examineReceipts(superuser, [kept], { logs: signer.verifiers() });
        return found.map(({ kind }) => kind);
      } finally {
        await superuser.query('ROLLBACK');
      }
    };
    const ofEvent = 'WHERE event_id = $1';
    const dropEvent = () => superuser.query(`DELETE FROM audit_pending ${ofEvent}`, [kept.eventId]);
    expect(await held()).toEqual([]);
    expect(await held(dropEvent)).toEqual(['receipt_broken']);
    const other = { ...kept, eventHash: Buffer.alloc(32).toString('base64') };
    const forged = await examineReceipts(superuser, [other], { logs: signer.verifiers() });
    expect(forged).toEqual([{ kind: 'receipt_forged', leafIndex: null, eventId: kept.eventId }]);

    verifyReceipt(kept, signer.verifiers());
    expect(isEventOf(kept, await eventNow())).toBe(true);
    await tampered(async () => {
      await superuser.query(`UPDATE audit_events SET event = replace(event, 'promise', 'threat')`);
      expect(isEventOf(kept, await eventNow())).toBe(false);
      const found = await examineReceipts(superuser, [kept], { logs: signer.verifiers() });
      expect(found.map(({ kind }) => kind)).toEqual(['receipt_broken']);
    });
    await seal();
    expect(await held()).toEqual([]);
  });

  it('finds a cosignature that was forged, moved to another checkpoint, or is of none', async () => {
    const witness = newSigner('witness.example/w1');
    const known = verifierOf(witness, 'cosignature');
    const { rows: signed } = await superuser.query<{ tree_size: string; note: string }>(
      'SELECT tree_size, note FROM audit_checkpoints ORDER BY tree_size LIMIT 2',
    );
    const [first, second] = signed;
    const cosignature = cosignCheckpoint(splitNote(first!.note).text, witness, 1_790_000_000);
    const line = formatSignature(cosignature);
    const stored = async (treeSize: string, text: string, name = witness.name) => {
      await superuser.query('BEGIN');
      try {
        await superuser.query('SET LOCAL session_replication_role = replica');
        await superuser.query(
          `INSERT INTO audit_cosignatures (tree_size, witness, key_id, line, received_at)
           VALUES ($1, $2, $3, $4, now())`,
          [treeSize, name, cosignature.keyId, text],
        );
        const sound = { connection: superuser, origin, verifiers: signer.verifiers() };
        const { damages } = await verifyLedger({
          ...{ ...sound, witnesses: [known], macOf: null },
          lastSigned: signer.lastSigned(),
        });
        return damages.map(({ kind, leafIndex }) => `${kind} ${String(leafIndex)}`);
      } finally {
        await superuser.query('ROLLBACK');
      }
    };
    const [one, two] = [first!.tree_size, second!.tree_size];
    expect(await stored(one, line)).toEqual([]);
    expect(await stored(two, line)).toEqual([`cosignature_forged ${two}`]);
    expect(await stored('7', line)).toEqual(['cosignature_forged 7']);
    expect(await stored('900000', line)).toEqual(['cosignature_forged 900000']);
    const at = line.length - 8;
    const flipped = line.slice(0, at) + (line[at] === 'A' ? 'B' : 'A') + line.slice(at + 1);
    expect(await stored(one, flipped)).toEqual([`cosignature_forged ${one}`]);
    expect(await stored(one, line, 'witness.example/w2')).toEqual([`cosignature_forged ${one}`]);
    expect(await stored(one, 'anything')).toEqual([`cosignature_forged ${one}`]);
  });

  it('finds an event that was taken out of the queue, and one edited while it waits there', async () => {
    await record(2);
    const taken = await tampered(['DELETE FROM audit_pending']);
    expect(taken.damages.map((damage) => damage.kind)).toEqual([
      'event_unqueued',
      'event_unqueued',
    ]);
    const edited = await tampered([
      `UPDATE audit_events SET event = event || ' ' WHERE id = (SELECT max(event_id::text)::uuid FROM audit_pending)`,
    ]);
    expect(edited.damages.map((damage) => damage.kind)).toEqual(['event_changed']);
    const sound = await verify();
    expect(sound).toMatchObject({ isSound: true, pending: 2 });
  });
});

import { type Client, Pool } from 'pg';

import { type CheckpointSigner, SignerRefusal } from '../../../src/ledger/checkpoint-signer.js';
import { SealedLog } from '../../../src/ledger/sealed-log.js';
import {
  cosignCheckpoint,
  formatSignature,
  signNote,
  splitNote,
} from '../../../src/ledger/tree/index.js';
import { verifyLedger } from '../../../src/ledger/verification/verify-ledger.js';
import { type LedgerFixture, origin } from '../ledger-fixture.js';
import { newSigner, verifierOf } from '../tree/keys.js';
import { SealedLedger, type Tampering } from './sealed-ledger.js';

const entries = 300;
/** So many of them stand in the backup, under a checkpoint of their own. */
const backedUpEntries = 260;

interface VerifyOptions {
  readonly withMemory?: boolean;
  readonly withKeys?: boolean;
}

/** As superuser, triggers off: what the owner of the server can do and the ledger must show. */
describe('verifyLedger', () => {
  let sealed: SealedLedger;
  let ledger: LedgerFixture;
  let signer: CheckpointSigner;
  let superuser: Client;
  let reader: Pool;

  beforeAll(async () => {
    sealed = await SealedLedger.open();
    ({ ledger, signer, superuser } = sealed);
    await sealed.record(backedUpEntries);
    await sealed.seal();
    await sealed.makeBackup();
    await sealed.record(entries - backedUpEntries);
    await sealed.seal();
    reader = new Pool({ connectionString: ledger.database.urls.reader.reveal(), max: 1 });
    reader.on('error', () => undefined);
  });
  afterAll(async () => {
    await reader.end();
    await sealed.close();
  });

  const verify = async (options: VerifyOptions = {}) =>
    verifyLedger({
      connection: superuser,
      origin,
      verifiers: signer.verifiers(),
      verifiersAt: (signedAt) => signer.verifiersAt(signedAt),
      macOf: options.withKeys === false ? null : (event) => ledger.keys.mac('audit-event', event),
      lastSigned: options.withMemory === false ? null : signer.lastSigned(),
    });
  const tampered = (tampering: Tampering, options: VerifyOptions = {}) =>
    sealed.tampered(tampering, () => verify(options));

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
    const eventId = await sealed.eventAt(17);
    const { damages } = await tampered([
      `UPDATE audit_events SET event = replace(event, 'note 17', 'note 18') WHERE id = '${eventId}'`,
    ]);
    expect(damages).toEqual([{ kind: 'event_changed', leafIndex: 17, eventId }]);
  });

  it('names an edited event whose hash was recomputed with it', async () => {
    const eventId = await sealed.eventAt(17);
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
    const eventId = await sealed.eventAt(5);
    const { damages } = await tampered([
      `UPDATE audit_events SET ${column} = ${value} WHERE id = '${eventId}'`,
    ]);
    expect(damages).toEqual([{ kind: 'columns_changed', leafIndex: 5, eventId }]);
  });

  it.each([
    ['the first event', 0],
    ['an event in the middle', 120],
    ['the last event', entries - 1],
  ])('names %s when it was deleted behind its entry', async (_which, index) => {
    const eventId = await sealed.eventAt(index);
    const { damages } = await tampered([`DELETE FROM audit_events WHERE id = '${eventId}'`]);
    expect(damages[0]).toEqual({ kind: 'event_missing', leafIndex: index, eventId });
  });

  it.each([0, 120])('names the index of entry %i when it was deleted', async (index) => {
    const { damages } = await tampered([`DELETE FROM audit_entries WHERE leaf_index = ${index}`]);
    expect(damages[0]).toEqual({ kind: 'entry_missing', leafIndex: index, eventId: null });
  });

  it('names both of two events that changed places', async () => {
    const [one, two] = [await sealed.eventAt(30), await sealed.eventAt(31)];
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

  it('finds a log that was rolled back to a backup, with which the signer will not go on', async () => {
    const truncated = { kind: 'log_truncated', leafIndex: backedUpEntries, eventId: null };
    expect((await tampered(sealed.restoreBackup)).damages).toEqual([truncated]);
    // Nothing in the backup says that there was more: the memory has to lie elsewhere.
    expect(await tampered(sealed.restoreBackup, { withMemory: false })).toMatchObject({
      ...{ isSound: true, treeSize: backedUpEntries },
    });
    await sealed.tampered(sealed.restoreBackup, async () => {
      const { treeSize, rootHash } = await SealedLog.takeOver(superuser);
      const signed = signer.sign({ treeSize, rootHash }, () => Promise.resolve([]));
      await expect(signed).rejects.toThrow(SignerRefusal);
    });
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

  it('finds a checkpoint that another signed under the name of the log', async () => {
    const { damages } = await tampered(async () => {
      const { rows } = await superuser.query<{ note: string }>(
        'SELECT note FROM audit_checkpoints WHERE tree_size = 300',
      );
      const note = signNote(splitNote(rows[0]!.note).text, [newSigner(origin)]);
      await superuser.query('UPDATE audit_checkpoints SET note = $1 WHERE tree_size = 300', [note]);
    });
    expect(damages).toContainEqual({ kind: 'checkpoint_forged', leafIndex: 300, eventId: null });
  });

  it('finds a checkpoint under a key that was not in use when it is said to be signed', async () => {
    const moved = (interval: string) => [
      `UPDATE audit_checkpoints SET signed_at = signed_at ${interval} WHERE tree_size = 300`,
    ];
    const expected = [{ kind: 'checkpoint_out_of_time', leafIndex: 300, eventId: null }];
    expect((await tampered(moved("- interval '1 day'"))).damages).toEqual(expected);
    expect((await tampered(moved("- interval '1 second'"))).damages).toEqual(expected);
  });

  it('finds a ledger that was rewritten with every hash recomputed', async () => {
    const kinds = async (...parameters: Parameters<typeof tampered>) =>
      new Set((await tampered(...parameters)).damages.map(({ kind }) => kind));
    const withoutCheckpoints = async (): Promise<void> => {
      await sealed.rewriteEverything();
      await superuser.query('DELETE FROM audit_checkpoints');
    };
    // By the MAC, whose key lies outside the database; by the signed heads; by the signer's memory.
    expect(await kinds(sealed.rewriteEverything)).toContain('event_forged');
    const noKeys = { withKeys: false };
    expect(await kinds(sealed.rewriteEverything, noKeys)).toEqual(
      new Set(['checkpoint_contradicted']),
    );
    expect(await kinds(withoutCheckpoints, noKeys)).toEqual(new Set(['checkpoint_contradicted']));
    // Whoever has none of them learns nothing: this is what witnesses and receipts are for.
    const nothing = { withKeys: false, withMemory: false };
    expect(await kinds(withoutCheckpoints, nothing)).toEqual(new Set());
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
    await sealed.record(2);
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

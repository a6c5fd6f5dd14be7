import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { signHead } from '../../../src/ledger/checkpoint-signer.js';
import {
  type CheckpointTrust,
  cosignCheckpoint,
  DirectoryStore,
  formatEntryBundle,
  formatSignature,
  type LogLocation,
  type NoteSignature,
  parseEntryBundle,
  PublicationRefused,
  PublishedCheckpoints,
  publishLog,
  type Quorum,
  signNote,
  splitNote,
  type VerifiedState,
  verifyPublishedLog,
} from '../../../src/ledger/index.js';
import { makeOpenFolder } from '../../support/temporary-folder.js';
import { origin } from '../ledger-fixture.js';
import { newSigner, verifierOf } from '../tree/keys.js';
import { SealedLedger, type Tampering } from './sealed-ledger.js';

const entries = 300;
const backedUpEntries = 260;
const witness = newSigner('witness.example/w1');
const witnessKey = verifierOf(witness, 'cosignature');
const quorum: Quorum = { kind: 'witness', verifier: witnessKey };

interface Audit {
  readonly from?: VerifiedState | null;
  readonly quorum?: Quorum;
}

/** As superuser in the database, or as whoever owns the place where the log is published. */
describe('an audit of the published log', () => {
  let home: string;
  let sealed: SealedLedger;
  let trust: CheckpointTrust;
  let earlier: string;
  let published: string;
  /** What the auditor remembers of the log at its full size. */
  let seen: VerifiedState | null;
  let folders = 0;

  beforeAll(async () => {
    home = await makeOpenFolder('probity-published-');
    sealed = await SealedLedger.open();
    trust = { logs: sealed.signer.verifiers(), witnesses: [witnessKey] };
    await sealed.record(backedUpEntries);
    await sealed.seal();
    await sealed.makeBackup();
    earlier = await publish(sealed);
    await sealed.record(entries - backedUpEntries);
    await sealed.seal();
    published = await publish(sealed);
    seen = (await audit(published)).verified;
  });
  afterAll(async () => {
    await sealed.close();
    rmSync(home, { recursive: true, force: true });
  });

  const newFolder = (): string => join(home, `log-${(folders += 1)}`);

  /** With what the service runs to publish, on the connection that sees what was tampered with. */
  async function publish({ connection }: SealedLedger, folder = newFolder()): Promise<string> {
    mkdirSync(folder, { recursive: true });
    const checkpoint = await new PublishedCheckpoints(connection, false, [witnessKey]).newest();
    const store = new DirectoryStore(folder);
    await publishLog({ connection, checkpoint: checkpoint!, store });
    return folder;
  }

  async function audit(at: string, { from = null, quorum: asked }: Audit = {}) {
    const kind: LogLocation['kind'] = at.startsWith('http') ? 'url' : 'directory';
    const log = { location: { kind, at }, trust, quorum: asked, from };
    const { isSound, damages, treeSize, verified } = await verifyPublishedLog(log);
    const found = damages.map((damage) => `${damage.kind} ${damage.leafIndex ?? '-'}`);
    return { isSound, found, treeSize, verified };
  }

  const publishTampered = (tampering: Tampering, folder = newFolder()): Promise<string> =>
    sealed.tampered(tampering, () => publish(sealed, folder));

  /** A copy of what was published, in which something was changed. */
  function changed(change: (folder: string) => void): string {
    const folder = newFolder();
    cpSync(published, folder, { recursive: true });
    change(folder);
    return folder;
  }
  const edit = (path: string, change: (bytes: Buffer) => Buffer) => (folder: string) => {
    writeFileSync(join(folder, path), change(readFileSync(join(folder, path))));
  };
  const rebundle =
    (change: (bundle: Buffer[]) => Buffer[], width = 256) =>
    (bytes: Buffer) =>
      formatEntryBundle(change(parseEntryBundle(bytes, width)));
  const flip = (at: number) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[at] = copy[at]! ^ 0x01;
    return copy;
  };
  const bundle = 'tile/entries/000';
  const lastBundle = 'tile/entries/001.p/44';

  it('finds nothing in what nobody touched, which continues what was published before', async () => {
    const before = await audit(earlier);
    expect(before).toMatchObject({ isSound: true, treeSize: backedUpEntries });
    const now = await audit(published, { from: before.verified });
    expect(now).toMatchObject({ isSound: true, treeSize: entries, found: [] });
  });

  it.each<[what: string, change: (folder: string) => void, found: string[]]>([
    [
      'an edited event',
      edit(
        bundle,
        rebundle((all) => all.with(17, Buffer.from(all[17]!.toString().replace('note', 'nota')))),
      ),
      ['entry_changed 17'],
    ],
    [
      'the deletion of the first entry',
      edit(
        bundle,
        rebundle((all) => all.slice(1)),
      ),
      ['entry_changed 0'],
    ],
    [
      'the deletion of an entry in the middle',
      edit(
        bundle,
        rebundle((all) => all.toSpliced(120, 1)),
      ),
      ['entry_changed 0'],
    ],
    [
      'the deletion of the last entry',
      edit(
        lastBundle,
        rebundle((all) => all.slice(0, -1), 44),
      ),
      ['entry_changed 256'],
    ],
    [
      'the deletion of a bundle of entries',
      (folder) => {
        rmSync(join(folder, bundle));
      },
      ['entry_missing 0'],
    ],
    [
      'a swap of two entries',
      edit(
        bundle,
        rebundle((all) => all.with(30, all[31]!).with(31, all[30]!)),
      ),
      ['entry_changed 30', 'entry_changed 31'],
    ],
    [
      'an inserted entry',
      edit(
        lastBundle,
        rebundle((all) => all.toSpliced(10, 0, all[9]!), 44),
      ),
      ['entry_changed 256'],
    ],
    [
      'the deletion of a tile',
      (folder) => {
        rmSync(join(folder, 'tile/0/000'));
      },
      ['tile_missing 0'],
    ],
    ['an edited tile', edit('tile/0/000', flip(32 * 20)), ['tile_changed 20']],
    ['an edited checkpoint', edit('checkpoint', flip(origin.length + 1)), ['checkpoint_forged -']],
    [
      'a checkpoint that another signed under the name of the log',
      edit('checkpoint', (note) =>
        Buffer.from(signNote(splitNote(note.toString()).text, [newSigner(origin)])),
      ),
      ['checkpoint_forged -'],
    ],
  ])('finds %s in what was published', async (_what, change, found) => {
    expect(await audit(changed(change))).toMatchObject({ isSound: false, found });
  });

  it.each<[what: string, tampering: readonly string[], found: string[]]>([
    [
      'an edited event',
      [
        `UPDATE audit_events SET event = replace(event, 'note', 'nota')
         WHERE id = (SELECT event_id FROM audit_entries WHERE leaf_index = 17)`,
        `UPDATE audit_events SET event_hash = sha256(convert_to(event, 'UTF8'))`,
      ],
      ['entry_changed 17'],
    ],
    [
      'a swap of two events',
      [
        'DROP INDEX audit_entries_000000_by_event',
        `UPDATE audit_entries AS entry SET event_id = other.event_id FROM audit_entries AS other
         WHERE entry.leaf_index IN (30, 31) AND other.leaf_index = 61 - entry.leaf_index`,
      ],
      ['entry_changed 30', 'entry_changed 31'],
    ],
    [
      'an edited tile',
      [`UPDATE audit_tiles SET hashes = overlay(hashes placing '\\x00000000' from 32 * 20 + 1)`],
      ['tile_changed 20'],
    ],
    [
      'an inserted entry',
      [
        'DROP INDEX audit_entries_000000_by_event',
        'UPDATE audit_entries SET leaf_index = leaf_index + 1000 WHERE leaf_index >= 50',
        `INSERT INTO audit_entries VALUES (50, (SELECT event_id FROM audit_entries WHERE leaf_index = 7), sha256('x'))`,
        'UPDATE audit_entries SET leaf_index = leaf_index - 999 WHERE leaf_index >= 1050',
      ],
      // And each that was moved behind it.
      ['entry_changed 50', 'entry_changed 51'],
    ],
  ])('finds %s in the database by what it publishes', async (_what, tampering, expected) => {
    const { isSound, found } = await audit(await publishTampered(tampering));
    expect([isSound, found.slice(0, expected.length)]).toEqual([false, expected]);
  });

  it.each([
    ['the first event', 'DELETE FROM audit_events WHERE id = $1', 0],
    ['an event in the middle', 'DELETE FROM audit_events WHERE id = $1', 120],
    ['the last event', 'DELETE FROM audit_events WHERE id = $1', entries - 1],
    ['an entry', 'DELETE FROM audit_entries WHERE event_id = $1', 120],
    ['a tile', 'DELETE FROM audit_tiles WHERE $1::uuid IS NOT NULL', 0],
  ])('publishes nothing where %s was deleted in the database', async (_what, statement, index) => {
    const folder = newFolder();
    const publishing = publishTampered(async () => {
      await sealed.superuser.query(statement, [await sealed.eventAt(index)]);
    }, folder);
    await expect(publishing).rejects.toThrow('The log lacks tile/');
    expect((await audit(folder)).found).toEqual(['checkpoint_missing -']);
  });

  it('finds a tail that was cut off, and a backup that was restored, by what the auditor remembers', async () => {
    const cut = [
      `DELETE FROM audit_entries WHERE leaf_index >= ${backedUpEntries}`,
      `DELETE FROM audit_checkpoints WHERE tree_size > ${backedUpEntries}`,
    ];
    for (const tampering of [cut, sealed.restoreBackup]) {
      const folder = await publishTampered(tampering);
      const found = [`log_truncated ${backedUpEntries}`];
      expect(await audit(folder, { from: seen })).toMatchObject({ isSound: false, found });
      // Nor does it go over the longer log.
      const over = publishTampered(
        tampering,
        changed(() => undefined),
      );
      await expect(over).rejects.toThrow(PublicationRefused);
    }
  });

  it('finds a rewritten log by its checkpoint, and one signed anew by what the auditor remembers', async () => {
    const found = [`checkpoint_contradicted ${entries}`];
    const rewritten = await publishTampered(sealed.rewriteEverything);
    expect(await audit(rewritten)).toMatchObject({ isSound: false, found });

    const resigned = await publishTampered(async () => {
      const head = { treeSize: entries, rootHash: await sealed.rewriteEverything() };
      const note = signHead(sealed.ledger.keys, { ...head, origin, signedAt: new Date() });
      await sealed.superuser.query(
        'UPDATE audit_checkpoints SET note = $1, root_hash = $2 WHERE tree_size = $3',
        [note, head.rootHash, entries],
      );
    });
    expect((await audit(resigned, { from: seen })).found).toEqual(expect.arrayContaining(found));
    // Whoever remembers nothing and asks no witness learns nothing.
    expect(await audit(resigned)).toMatchObject({ isSound: true });
    expect((await audit(resigned, { quorum })).found).toEqual([
      `checkpoint_unwitnessed ${entries}`,
    ]);
  });

  it('finds a cosignature that was forged, or moved from another checkpoint', async () => {
    const note = readFileSync(join(published, 'checkpoint'), 'utf8');
    const elsewhere = readFileSync(join(earlier, 'checkpoint'), 'utf8');
    const cosign = (text: string, signer = witness): NoteSignature =>
      cosignCheckpoint(splitNote(text).text, signer, 1_790_000_000);
    const withLine = (signature: NoteSignature) =>
      changed(
        edit('checkpoint', (bytes) => Buffer.from(bytes.toString() + formatSignature(signature))),
      );
    const good = cosign(note);
    expect((await audit(withLine(good), { quorum })).found).toEqual([]);
    const forged = { ...good, signature: flip(good.signature.length - 1)(good.signature) };
    for (const bad of [forged, cosign(elsewhere)]) {
      expect((await audit(withLine(bad), { quorum })).found).toEqual(['checkpoint_forged -']);
      // From a row of the database it does not come so far.
      const folder = await publishTampered(async () => {
        await sealed.superuser.query(
          `INSERT INTO audit_cosignatures (tree_size, witness, key_id, line, received_at)
           VALUES ($1, $2, $3, $4, now())`,
          [entries, bad.name, bad.keyId, formatSignature(bad)],
        );
      });
      expect((await audit(folder, { quorum })).found).toEqual([
        `checkpoint_unwitnessed ${entries}`,
      ]);
    }
    const stranger = cosign(note, newSigner(witness.name));
    expect((await audit(withLine(stranger), { quorum })).found).toEqual([
      `checkpoint_unwitnessed ${entries}`,
    ]);
  });

  describe('beside a second service that has the key', () => {
    let second: SealedLedger;
    let other: string;
    let server: Server;
    let address: string;
    /** Of the two services behind the address, the one that answers now. */
    let answering: () => string;

    beforeAll(async () => {
      // Begun in secret: it has the key, and neither the signer's memory nor a witness.
      const { keysDirectory } = sealed.ledger;
      second = await SealedLedger.open({ keysDirectory });
      await second.record(entries + 20, 'another history');
      await second.seal();
      other = await publish(second);
      server = createServer((request, response) => {
        try {
          response.end(readFileSync(join(answering(), request.url ?? '')));
        } catch {
          response.writeHead(404).end();
        }
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(async () => {
      await new Promise((resolve) => server.close(resolve));
      await second.close();
    });

    it('finds a second history by what the auditor remembers of the first', async () => {
      expect(await audit(other)).toMatchObject({ isSound: true, treeSize: entries + 20 });
      expect((await audit(other, { from: seen })).found).toContain(
        `checkpoint_contradicted ${entries + 20}`,
      );
      const over = publish(
        second,
        changed(() => undefined),
      );
      await expect(over).rejects.toThrow(PublicationRefused);
    });

    it('finds two histories behind one address, whichever of the two services answers', async () => {
      answering = () => published;
      const { verified } = await audit(address);
      answering = () => other;
      expect((await audit(address, { from: verified })).found).toContain(
        `checkpoint_contradicted ${entries + 20}`,
      );
      let asked = 0;
      answering = () => ((asked += 1) % 2 === 0 ? published : other);
      for (let times = 0; times < 3; times += 1) {
        expect(await audit(address)).toMatchObject({ isSound: false });
      }
    });
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { CheckpointSigner } from '../../src/ledger/checkpoint-signer.js';
import { AuditIndex } from '../../src/ledger/completeness/audit-index.js';
import { IndexProver } from '../../src/ledger/completeness/index-prover.js';
import { verifyIndex } from '../../src/ledger/completeness/verify-index.js';
import {
  committed,
  formatCompletenessProof,
  indexCommitted,
  type IndexKey,
  parseCompletenessProof,
  PublishedCheckpoints,
  verifyCompletenessProof,
} from '../../src/ledger/index.js';
import { SealedLog } from '../../src/ledger/sealed-log.js';
import type { CaseId, SubjectRef } from '../../src/platform/index.js';
import { SystemIdSource } from '../../src/platform/index.js';
import { noteTaken, openLedger, origin, type LedgerFixture } from './ledger-fixture.js';

const ids = new SystemIdSource();

/** A log in a real database, sealed and signed step by step, with subjects and cases of its own. */
describe('the index of subjects and cases', () => {
  let ledger: LedgerFixture;
  let sealerClient: Client;
  let readerClient: Client;
  let log: SealedLog;
  let signer: CheckpointSigner;
  let memory: string;
  let index: AuditIndex;
  const events = new Map<string, number>();
  const subjects = Array.from({ length: 300 }, () => ids.random<SubjectRef>());
  const cases = Array.from({ length: 40 }, () => ids.random<CaseId>());

  beforeAll(async () => {
    ledger = await openLedger();
    sealerClient = new Client({ connectionString: ledger.database.urls.sealer.reveal() });
    readerClient = new Client({ connectionString: ledger.database.urls.reader.reveal() });
    await Promise.all([sealerClient.connect(), readerClient.connect()]);
    memory = await mkdtemp(join(tmpdir(), 'probity-signer-'));
    signer = new CheckpointSigner(ledger.keys, origin, { path: join(memory, 'signer') });
    log = await SealedLog.takeOver(sealerClient);
    index = new AuditIndex(readerClient);
  });
  afterAll(async () => {
    await Promise.all([sealerClient.end(), readerClient.end()]);
    await ledger.close();
    await rm(memory, { recursive: true, force: true });
  });

  const count = (id: string | null): void => {
    if (id !== null) events.set(id, (events.get(id) ?? 0) + 1);
  };
  const happen = async (times: number): Promise<void> => {
    await Promise.all(
      Array.from({ length: times }, async () => {
        const subjectRef = Math.random() < 0.2 ? null : pick(subjects);
        const caseId = Math.random() < 0.5 ? null : pick(cases);
        [subjectRef, caseId].forEach(count);
        const event = noteTaken({ subjectRef, caseId, detail: { text: 'something' } });
        await ledger.audited.run(ledger.actor, () => Promise.resolve(committed({}, event)));
      }),
    );
  };
  const seal = async (): Promise<void> => {
    while ((await log.sealBatch(2_000)).sealed > 0);
    const { treeSize, rootHash } = log;
    const note = await signer.sign({ treeSize, rootHash }, (size) => {
      const proof = log.proveGrowthSince(size);
      if (!proof) throw new Error('Signed after every change');
      return proof;
    });
    log.forgetGrowth();
    await sealerClient.query(
      'INSERT INTO audit_checkpoints VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING',
      [treeSize, rootHash, note],
    );
  };
  const commit = () =>
    ledger.audited.run(ledger.actor, async (tx) => {
      const detail = await index.advance(tx);
      return committed(detail, indexCommitted({ subjectRef: null, detail }));
    });
  const prove = async (key: IndexKey, eventsMax = 1_000) => {
    await readerClient.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    try {
      const head = await new PublishedCheckpoints(readerClient, false).newest();
      return await new IndexProver(readerClient).prove(key, eventsMax, head);
    } finally {
      await readerClient.query('COMMIT');
    }
  };
  /** As an auditor would: from the saved text, with the log's name and key. */
  const verifyProof = async (key: IndexKey) => {
    const answer = await prove(key);
    if (answer.kind !== 'proven') throw new Error(answer.kind);
    const saved = JSON.stringify(formatCompletenessProof(answer.proof));
    const trust = { origin, verifiers: signer.verifiers(), treeSizeMin: answer.treeSize };
    return verifyCompletenessProof(parseCompletenessProof(JSON.parse(saved)), trust);
  };
  /** As a superuser who switches the guard off, changes the bytes or columns of an event, and on again. */
  const tamper = (change: string, id: string) =>
    ledger.database.query(`
      ALTER TABLE audit_events DISABLE TRIGGER refuse_change;
      UPDATE audit_events SET ${change} WHERE id = '${id}';
      ALTER TABLE audit_events ENABLE ALWAYS TRIGGER refuse_change;
    `);

  it('proves nothing before a checkpoint covers a commitment', async () => {
    expect(await prove({ kind: 'case', id: cases[0]! })).toEqual({ kind: 'not_committed' });
    expect(await index.hasNews()).toBe(false);
    await happen(50);
    await seal();
    expect(await index.hasNews()).toBe(true);
    await commit();
    expect(await prove({ kind: 'case', id: cases[0]! })).toEqual({ kind: 'not_committed' });
    await seal();
    expect(await prove({ kind: 'case', id: cases[0]! })).toMatchObject({ kind: 'proven' });
  });

  it('proves all events of every subject and case, and that a stranger has none', async () => {
    await happen(1_500);
    await seal();
    const { treeSize, keys } = await commit();
    await happen(20).then(seal);

    expect(keys).toBeGreaterThan(300);
    for (const [kind, some] of [
      ['subject', subjects.slice(0, 60)],
      ['case', cases],
    ] as const)
      for (const id of some) {
        const result = await verifyProof({ kind, id });
        expect(result).toMatchObject({ treeSize });
        expect(result.events).toBeLessThanOrEqual(events.get(id) ?? 0);
      }
    expect(await verifyProof({ kind: 'subject', id: ids.random() })).toMatchObject({ events: 0 });
  });

  it('comes to the same index step by step as all at once', async () => {
    for (const times of [1, 3, 400]) {
      await happen(times).then(seal);
      await commit();
      await seal();
    }
    const verification = await verifyIndex(readerClient);
    expect(verification).toMatchObject({ damages: [], keys: events.size });
    expect(verification.commitments).toBe(5);
    // Whom nothing happened to has a proof as well: of no events.
    for (const id of subjects.slice(0, 20)) {
      const proven = await verifyProof({ kind: 'subject', id });
      expect(proven).toMatchObject({ events: events.get(id) ?? 0 });
    }
  });

  it('says where a key has more events than one answer carries', async () => {
    const [busiest, most] = [...events].sort((a, b) => b[1] - a[1])[0]!;
    expect(await prove({ kind: 'case', id: busiest }, most - 1)).toEqual({
      kind: 'too_many_events',
      events: most,
    });
  });

  it('lets two processes commit at once and stays one index', async () => {
    await happen(100).then(seal);
    await Promise.all([commit(), commit(), commit()]);
    await seal();
    expect((await verifyIndex(readerClient)).damages).toEqual([]);
    expect(await verifyProof({ kind: 'case', id: cases[0]! })).toMatchObject({
      events: events.get(cases[0]!),
    });
  });

  it('gives no proof where a column was changed to hide an event', async () => {
    const key = { kind: 'case', id: cases[1]! } as const;
    const [hidden] = await ledger.database.query<{ id: string }>(
      'SELECT id FROM audit_events WHERE case_id = $1 LIMIT 1',
      [key.id],
    );
    await tamper(`case_id = NULL`, hidden!.id);
    await expect(prove(key)).rejects.toThrow('other events of the key');
    await tamper(`case_id = '${key.id}'`, hidden!.id);
    await expect(prove(key)).resolves.toMatchObject({ kind: 'proven' });
  });

  it('gives proofs that lead to no committed root where the index was edited to fit', async () => {
    const key = { kind: 'case', id: cases[2]! } as const;
    const {
      rows: [before],
    } = await readerClient.query<{ prefix: number; root_hash: Buffer }>(
      'SELECT prefix, root_hash FROM audit_index_subtries WHERE depth = 8 LIMIT 1',
    );
    await ledger.database.query(
      `UPDATE audit_index_subtries SET root_hash = sha256(root_hash) WHERE depth = 8 AND prefix = $1`,
      [before!.prefix],
    );
    await expect(verifyProof(key)).rejects.toMatchObject({ fault: 'index_proof_wrong' });
    await ledger.database.query(
      `UPDATE audit_index_subtries SET root_hash = $2 WHERE depth = 8 AND prefix = $1`,
      [before!.prefix, before!.root_hash],
    );
    await expect(verifyProof(key)).resolves.toBeDefined();
  });

  it('refuses to commit over an entry that is not what was chained', async () => {
    await happen(5).then(seal);
    const [last] = await ledger.database.query<{ id: string; event: string }>(
      `SELECT event.id, event.event FROM audit_events event JOIN audit_entries entry ON event_id = id
       ORDER BY leaf_index DESC LIMIT 1`,
    );
    await tamper(`event = replace(event, 'something', 'nothing')`, last!.id);
    await expect(commit()).rejects.toThrow('is not what was chained there');
    await tamper(`event = replace(event, 'nothing', 'something')`, last!.id);
    await expect(commit()).resolves.toBeDefined();
  });

  it('finds a commitment that lies: an index from which a subject’s event was taken', async () => {
    await seal();
    expect((await verifyIndex(readerClient)).damages).toEqual([]);
    const key = { kind: 'case', id: cases[3]! } as const;
    await ledger.database.query(
      `UPDATE audit_index_keys SET events = events - 1, digest = sha256(digest)
       WHERE key_hash = sha256(convert_to('probity-index-key/v1' || chr(10) || 'case' || chr(10) || $1 || chr(10), 'UTF8'))`,
      [key.id],
    );
    const event = noteTaken({ caseId: key.id, detail: { text: 'touches the bucket' } });
    await ledger.audited.run(ledger.actor, () => Promise.resolve(committed({}, event)));
    await seal();
    const { receipt } = await commit();
    await seal();

    const [lie] = await ledger.database.query<{ leaf_index: string }>(
      'SELECT leaf_index FROM audit_entries WHERE event_id = $1',
      [receipt.eventId],
    );
    expect((await verifyIndex(readerClient)).damages).toEqual([
      { kind: 'index_commitment_false', leafIndex: Number(lie!.leaf_index), eventId: null },
    ]);
    await expect(prove(key)).rejects.toThrow('other events of the key');
  });
});

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)]!;
}

import { createHash, createPublicKey, randomUUID, verify } from 'node:crypto';

import {
  committed,
  disclosed,
  failed,
  openPersonalPayload,
  refused,
} from '../../src/ledger/index.js';
import { receiptText } from '../../src/ledger/verification/verify-receipt.js';
import { canonicalJson } from '../../src/ledger/tree/canonical-json.js';
import {
  type Actor,
  PersonKeyring,
  type SubjectRef,
  SystemIdSource,
} from '../../src/platform/index.js';
import {
  noteTaken,
  openLedger,
  origin,
  testProblems,
  type LedgerFixture,
} from './ledger-fixture.js';

const digest = createHash('sha256').update('body').digest('hex');

interface EventRow {
  id: string;
  event: string;
  event_hash: Buffer;
  mac: Buffer;
  outcome: string;
}

describe.each([{ pipeline: true }, { pipeline: false }])('AuditedTransaction, %o', (options) => {
  let ledger: LedgerFixture;

  beforeAll(async () => {
    ledger = await openLedger(options);
    await ledger.database.query(
      'CREATE TABLE notes (text text PRIMARY KEY); GRANT ALL ON notes TO probity_app',
    );
  });
  afterAll(() => ledger.close());
  beforeEach(() => ledger.database.query('DELETE FROM notes'));

  const writeNote = (text: string) => ({
    sql: 'INSERT INTO notes (text) VALUES ($1)',
    parameters: [text],
  });
  const notes = async (): Promise<string[]> =>
    (await ledger.database.query<{ text: string }>('SELECT text FROM notes ORDER BY text')).map(
      (row) => row.text,
    );
  const eventById = async (id: string): Promise<EventRow> =>
    (await ledger.database.query<EventRow>('SELECT * FROM audit_events WHERE id = $1', [id]))[0]!;
  const lastEvent = async (): Promise<EventRow> =>
    (
      await ledger.database.query<EventRow>('SELECT * FROM audit_events ORDER BY id DESC LIMIT 1')
    )[0]!;
  const countEvents = async (): Promise<number> =>
    Number(
      (await ledger.database.query<{ n: string }>('SELECT count(*) AS n FROM audit_events'))[0]!.n,
    );
  const write = (text: string) =>
    ledger.audited.run(ledger.actor, async (tx) => {
      const { sql, parameters } = writeNote(text);
      await tx.query(sql, parameters);
      return committed({ text }, noteTaken({ detail: { text: 'kept' } }));
    });

  it('commits state, event and place in the queue together, and signs a receipt for the event', async () => {
    const { receipt, text } = await write('one');

    expect(text).toBe('one');
    expect(await notes()).toEqual(['one']);
    const row = await eventById(receipt.eventId);
    expect(createHash('sha256').update(row.event).digest()).toEqual(row.event_hash);
    expect(row.mac).toEqual(ledger.keys.mac('audit-event', row.event));
    expect(canonicalJson(JSON.parse(row.event))).toBe(row.event);
    expect(
      await ledger.database.query('SELECT 1 FROM audit_pending WHERE event_id = $1', [row.id]),
    ).toHaveLength(1);

    expect(receipt).toMatchObject({ origin, eventHash: row.event_hash.toString('base64') });
    const signed = receiptText(origin, {
      id: receipt.eventId,
      hash: receipt.eventHash,
      recordedAt: receipt.recordedAt,
    });
    const key = createPublicKey(ledger.keys.signingKeys('log')[0]!.privateKey);
    expect(verify(null, Buffer.from(signed), key, Buffer.from(receipt.signature, 'base64'))).toBe(
      true,
    );
  });

  it('writes the whole event of the format', async () => {
    const { receipt } = await write('format');

    const event: unknown = JSON.parse((await eventById(receipt.eventId)).event);
    expect(event).toEqual({
      id: receipt.eventId,
      type: 'test.note_taken',
      occurredAt: receipt.recordedAt,
      recordedAt: receipt.recordedAt,
      actor: { kind: 'staff', id: 'spec', role: 'compliance', level: 'L1', onBehalfOf: null },
      origin: {
        channel: 'system',
        address: null,
        userAgent: null,
        requestId: ledger.actor.origin.requestId,
        traceId: ledger.actor.origin.traceId,
      },
      action: 'test.note_taken',
      resource: null,
      subject: null,
      case: null,
      purpose: null,
      assurance: { acr: 'aal0', amr: [], method: null, age: null },
      outcome: 'success',
      code: null,
      dataAccessed: [],
      detail: { text: 'kept' },
      policy: { version: 'test@1', digest: '00'.repeat(32), rule: null },
      retention: { class: 'ledger', expiresAt: expect.stringMatching(/Z$/) },
      payloadCommitment: null,
    });
  });

  it('keeps the event of a refusal and undoes its state', async () => {
    const attempt = ledger.audited.run(ledger.actor, async (tx) => {
      await tx.query('INSERT INTO notes (text) VALUES ($1)', ['refused']);
      return refused(testProblems['test.refused'](), noteTaken({ detail: { text: 'no' } }));
    });

    await expect(attempt).rejects.toMatchObject({ code: 'test.refused' });
    expect(await notes()).toEqual([]);
    expect(JSON.parse((await lastEvent()).event)).toMatchObject({
      outcome: 'refused',
      code: 'test.refused',
    });
  });

  it('keeps both state and event of a failure', async () => {
    const attempt = ledger.audited.run(ledger.actor, async (tx) => {
      await tx.query('INSERT INTO notes (text) VALUES ($1)', ['failed']);
      return failed(testProblems['test.refused'](), noteTaken({ detail: { text: 'no' } }));
    });

    await expect(attempt).rejects.toMatchObject({ code: 'test.refused' });
    expect(await notes()).toEqual(['failed']);
    expect(await lastEvent()).toMatchObject({ outcome: 'failed' });
  });

  it('gives a view away only with its committed event', async () => {
    const view = await ledger.audited.disclose(ledger.actor, async (tx) => {
      const rows = await tx.query<{ n: number }>('SELECT 42 AS n');
      return disclosed(rows[0]!, noteTaken({ dataAccessed: ['n'], detail: { text: 'seen' } }));
    });

    expect(view.n).toBe(42);
    expect(JSON.parse((await eventById(view.receipt.eventId)).event)).toMatchObject({
      dataAccessed: ['n'],
    });
  });

  it('keeps nothing of an unexpected error', async () => {
    const before = await countEvents();
    const attempt = ledger.audited.run(ledger.actor, async (tx) => {
      await tx.query('INSERT INTO notes (text) VALUES ($1)', ['lost']);
      throw new Error('defect');
    });

    await expect(attempt).rejects.toThrow('defect');
    expect(await notes()).toEqual([]);
    expect(await countEvents()).toBe(before);
  });

  it('does not take a swallowed SQL error for a commit', async () => {
    const attempt = ledger.audited.run(ledger.actor, async (tx) => {
      await tx.query('SELECT 1 / 0').catch(() => undefined);
      return committed({ done: true }, noteTaken({ detail: { text: 'no' } }));
    });

    await expect(attempt).rejects.toThrow();
    const { done } = await ledger.audited.run(ledger.actor, () =>
      Promise.resolve(committed({ done: true }, noteTaken({ detail: { text: 'next' } }))),
    );
    expect(done).toBe(true);
  });

  it('shows nothing where the database is read-only', async () => {
    await ledger.database.query(
      `ALTER ROLE probity_app IN DATABASE ${ledger.database.name} SET default_transaction_read_only = on`,
    );
    try {
      await ledger.database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1 AND usename = 'probity_app'`,
        [ledger.database.name],
      );
      // The first call may still meet the connection that was ended.
      const disclose = () =>
        ledger.audited.disclose(ledger.actor, () =>
          Promise.resolve(disclosed({ secret: 1 }, noteTaken({ detail: { text: 'no' } }))),
        );
      await disclose().catch(() => undefined);
      await expect(disclose()).rejects.toMatchObject({ code: 'service.unavailable', status: 503 });
    } finally {
      await ledger.database.query(
        `ALTER ROLE probity_app IN DATABASE ${ledger.database.name} RESET default_transaction_read_only`,
      );
      await ledger.database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1 AND usename = 'probity_app'`,
        [ledger.database.name],
      );
    }
    await write('after').catch(() => undefined);
    await expect(write('again')).resolves.toMatchObject({ text: 'again' });
  });

  it('records several events of one outcome in the order of the report', async () => {
    const { receipt } = await ledger.audited.run(ledger.actor, () =>
      Promise.resolve(
        committed(
          {},
          noteTaken({ detail: { text: 'a' } }),
          noteTaken({ detail: { text: 'b' }, outcome: 'failed', code: 'test.refused' }),
        ),
      ),
    );

    const rows = await ledger.database.query<EventRow>(
      'SELECT * FROM audit_events WHERE id >= $1 ORDER BY id',
      [receipt.eventId],
    );
    expect(rows.map((row) => row.outcome)).toEqual(['success', 'failed']);
  });

  it('keeps personal detail out of the event, sealed under the person’s key and committed to', async () => {
    const keyring = new PersonKeyring(ledger.keys, new SystemIdSource());
    const subjectRef = randomUUID() as SubjectRef;
    const customer: Actor = {
      ...ledger.actor,
      subjectRef,
      origin: { ...ledger.actor.origin, address: '192.0.2.7', userAgent: 'Browser/1' },
    };
    const { receipt } = await ledger.audited.run(customer, async (tx) => {
      await keyring.create(tx.manager, subjectRef);
      return committed(
        {},
        noteTaken({ detail: { text: 'kept' }, personal: { note: 'call me after six' } }),
      );
    });

    const [row] = await ledger.database.query<EventRow & { payload: Buffer }>(
      'SELECT * FROM audit_events WHERE id = $1',
      [receipt.eventId],
    );
    expect(row!.event).not.toMatch(/after six|192\.0\.2\.7|Browser/);
    expect(row!.payload.includes('after six')).toBe(false);
    const { payloadCommitment: commitment, subject, origin: from } = JSON.parse(row!.event);
    expect(subject).toBe(subjectRef);
    expect(from.address).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    const key = await keyring.keyOf(ledger.app.manager, subjectRef);
    const { payload } = row!;
    expect(openPersonalPayload(key, receipt.eventId, { payload, commitment })).toEqual({
      note: 'call me after six',
    });
    expect(() => openPersonalPayload(key, randomUUID(), { payload, commitment })).toThrow();
    const other = { payload, commitment: createHash('sha256').update('').digest('base64') };
    expect(() => openPersonalPayload(key, receipt.eventId, other)).toThrow();
  });

  it('commits to the address of a person whose making was refused, under the service’s key', async () => {
    const keyring = new PersonKeyring(ledger.keys, new SystemIdSource());
    const subjectRef = randomUUID() as SubjectRef;
    const origin = { ...ledger.actor.origin, address: '192.0.2.7' };
    const attempt = ledger.audited.run({ ...ledger.actor, subjectRef, origin }, async (tx) => {
      await keyring.create(tx.manager, subjectRef);
      return refused(testProblems['test.refused'](), noteTaken({ detail: { text: 'no' } }));
    });

    await expect(attempt).rejects.toMatchObject({ code: 'test.refused' });
    const { origin: from } = JSON.parse((await lastEvent()).event);
    expect(from.address).toBe(
      ledger.keys.mac('address', 'address/v1\n192.0.2.7').toString('base64'),
    );
  });

  it.each([
    ['a card number', { text: 'paid with 4000 0000 0008 1234 today' }],
    ['a member that is not in the schema', { text: 'x', extra: 1 }],
    ['a detail too large for an entry', { text: 'word '.repeat(14_000) }],
  ])('treats %s in an event as a defect and stores nothing', async (_name, detail) => {
    const before = await countEvents();
    const attempt = ledger.audited.run(ledger.actor, () =>
      Promise.resolve(committed({}, noteTaken({ detail }))),
    );

    await expect(attempt).rejects.toThrow(/Event test.note_taken/);
    await expect(attempt).rejects.not.toMatchObject({ code: expect.anything(), status: 503 });
    expect(await countEvents()).toBe(before);
  });

  it('turns writers away while the sealer is far behind', async () => {
    ledger.admission.publishBacklog(1_000_000);
    try {
      await expect(write('late')).rejects.toMatchObject({
        code: 'service.unavailable',
        extras: { headers: { 'Retry-After': expect.any(String) } },
      });
    } finally {
      ledger.admission.publishBacklog(0);
    }
  });

  describe('under an idempotency key', () => {
    const once = (key: string, text: string, bodyDigest = digest) =>
      ledger.audited.run(
        ledger.actor,
        async (tx) => {
          await tx.query('INSERT INTO notes (text) VALUES ($1)', [text]);
          return committed({ text }, noteTaken({ detail: { text: 'once' } }));
        },
        { idempotency: { scope: 'spec POST /notes', key, digest: bodyDigest } },
      );

    it('answers a second request with the very same answer and executes once', async () => {
      const first = await once('replayed', 'x');
      const events = await countEvents();
      const second = await once('replayed', 'x');

      expect(second).toEqual(first);
      expect(await notes()).toEqual(['x']);
      expect(await countEvents()).toBe(events);
    });

    it('keeps the answer sealed', async () => {
      await once('sealed', 'fingerprint-of-the-answer');

      const rows = await ledger.database.query<{ answer: Buffer }>(
        'SELECT answer FROM idempotency_keys',
      );
      expect(rows.some((row) => row.answer.includes('fingerprint-of-the-answer'))).toBe(false);
    });

    it('refuses another body under the same key', async () => {
      await once('reused', 'a');
      const other = createHash('sha256').update('other').digest('hex');

      await expect(once('reused', 'b', other)).rejects.toMatchObject({
        code: 'idempotency.key_reused',
        status: 422,
      });
    });

    it('tells a second request that the first is in flight', async () => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      let started = (): void => undefined;
      const running = new Promise<void>((resolve) => (started = resolve));
      const first = ledger.audited.run(
        ledger.actor,
        async () => {
          started();
          await gate;
          return committed({}, noteTaken({ detail: { text: 'slow' } }));
        },
        { idempotency: { scope: 'spec POST /notes', key: 'flight', digest } },
      );
      await running;
      const second = once('flight', 'z');
      await expect(second).rejects.toMatchObject({ code: 'idempotency.in_flight', status: 409 });
      release();
      await expect(first).resolves.toBeDefined();
    });

    it('executes exactly one of many that come together', async () => {
      const tries = await Promise.allSettled(
        Array.from({ length: 12 }, () => once('together', 'solo')),
      );

      const answers = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(answers.length).toBeGreaterThan(0);
      expect(new Set(answers.map((answer) => answer.receipt.eventId)).size).toBe(1);
      expect(await notes()).toEqual(['solo']);
    });

    it('executes anew when the key has expired', async () => {
      const first = await once('expired', 'early');
      ledger.clock.advance(25 * 60 * 60 * 1000);
      const second = await once('expired', 'late');

      expect(second.receipt.eventId).not.toBe(first.receipt.eventId);
      expect(await notes()).toEqual(['early', 'late']);
      expect(await once('expired', 'late')).toEqual(second);
    });

    it('judges anew after a refusal, and replays a failure', async () => {
      const problem = testProblems['test.refused']({ detail: 'kept' });
      const attempt = (kind: typeof refused | typeof failed, key: string) =>
        ledger.audited.run(
          ledger.actor,
          () => Promise.resolve(kind(problem, noteTaken({ detail: { text: 'no' } }))),
          { idempotency: { scope: 'spec POST /notes', key, digest } },
        );
      await expect(attempt(refused, 'refusal')).rejects.toMatchObject({ code: 'test.refused' });
      await expect(once('refusal', 'now')).resolves.toMatchObject({ text: 'now' });

      await expect(attempt(failed, 'failure')).rejects.toMatchObject({ code: 'test.refused' });
      const events = await countEvents();
      await expect(attempt(failed, 'failure')).rejects.toMatchObject({
        code: 'test.refused',
        status: 403,
        extras: { detail: 'kept' },
      });
      expect(await countEvents()).toBe(events);
    });

    it('keeps nothing of an outcome that may not be replayed', async () => {
      const idempotency = { scope: 'spec POST /notes', key: 'shown', digest };
      const show = () =>
        ledger.audited.run(
          ledger.actor,
          () => {
            const outcome = committed(
              { balance: '1.00' },
              noteTaken({ detail: { text: 'shown' } }),
            );
            return Promise.resolve({ ...outcome, isKept: false });
          },
          { idempotency },
        );
      const first = await show();
      expect(await ledger.audited.keptAnswer(idempotency)).toBeNull();
      expect((await show()).receipt.eventId).not.toBe(first.receipt.eventId);
    });

    it('finds a kept answer without executing, and refuses another body there too', async () => {
      const idempotency = { scope: 'spec POST /notes', key: 'looked-up', digest };
      expect(await ledger.audited.keptAnswer(idempotency)).toBeNull();
      const first = await once('looked-up', 'found');
      expect(await ledger.audited.keptAnswer(idempotency)).toEqual(first);
      const other = createHash('sha256').update('other').digest('hex');
      await expect(
        ledger.audited.keptAnswer({ ...idempotency, digest: other }),
      ).rejects.toMatchObject({ code: 'idempotency.key_reused' });
    });

    it('stores no digest that a guess at the body would give', async () => {
      await once('keyed', 'x');
      const rows = await ledger.database.query<{ body_digest: Buffer }>(
        'SELECT body_digest FROM idempotency_keys',
      );
      expect(rows.map((row) => row.body_digest.toString('hex'))).not.toContain(digest);
    });

    it('lets a second transaction of the same command replace the answer', async () => {
      const idempotency = { scope: 'spec POST /notes', key: 'two-steps', digest };
      const step = (state: string, replacesAnswer: boolean) =>
        ledger.audited.run(
          ledger.actor,
          () => Promise.resolve(committed({ state }, noteTaken({ detail: { text: state } }))),
          { idempotency, replacesAnswer },
        );
      await step('executing', false);
      const executed = await step('executed', true);

      expect(await step('ignored', false)).toEqual(executed);
    });
  });
});

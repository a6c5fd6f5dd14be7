import { examineReceipts, type KeptReceipt } from '../../../src/ledger/index.js';
import { SealedLedger, type Tampering } from './sealed-ledger.js';

const entries = 300;
const backedUpEntries = 260;

/** Callers keep receipts, and a superuser changes the log behind them. */
describe('receipts held against the database', () => {
  let sealed: SealedLedger;
  let receipts: readonly KeptReceipt[];
  /** By leaf index; the last one waits for the sealer. */
  let eventIds: readonly string[];

  beforeAll(async () => {
    sealed = await SealedLedger.open();
    const early = await sealed.record(backedUpEntries);
    await sealed.seal();
    await sealed.makeBackup();
    const late = await sealed.record(entries - backedUpEntries);
    await sealed.seal();
    const waiting = await sealed.record(1, 'waiting');
    receipts = [...early, ...late, ...waiting];
    const { rows } = await sealed.superuser.query<{ event_id: string }>(
      'SELECT event_id FROM audit_entries ORDER BY leaf_index',
    );
    eventIds = [...rows.map((row) => row.event_id), waiting[0]!.eventId];
  });
  afterAll(() => sealed.close());

  const examine = (kept = receipts) =>
    examineReceipts(sealed.superuser, kept, { logs: sealed.signer.verifiers() });
  const from = (first: number): number[] =>
    Array.from({ length: entries + 1 - first }, (_, place) => first + place);
  const deleteEvent = (index: number): Tampering => [
    `DELETE FROM audit_events WHERE id =
       (SELECT event_id FROM audit_entries WHERE leaf_index = ${index})`,
  ];

  it('finds each promise kept, of what is sealed and of what waits', async () => {
    expect(receipts.map(({ eventId }) => eventId).sort()).toEqual([...eventIds].sort());
    expect(await examine()).toEqual([]);
  });

  it.each<[what: string, broken: () => number[], tampering: () => Tampering]>([
    [
      'was edited, its hash with it',
      () => [120],
      () => [
        `UPDATE audit_events SET event = replace(event, 'note', 'nota') WHERE id = '${eventIds[120]!}'`,
        `UPDATE audit_events SET event_hash = sha256(convert_to(event, 'UTF8'))`,
      ],
    ],
    ['was deleted, the first of the log', () => [0], () => deleteEvent(0)],
    ['was deleted, in the middle', () => [120], () => deleteEvent(120)],
    ['was deleted, the last of the log', () => [entries - 1], () => deleteEvent(entries - 1)],
    ['lost its entry', () => [120], () => ['DELETE FROM audit_entries WHERE leaf_index = 120']],
    [
      'stood in the tail that was cut off',
      () => from(290).slice(0, -1),
      () => ['DELETE FROM audit_entries WHERE leaf_index >= 290'],
    ],
    [
      'came after the backup that was restored',
      () => from(backedUpEntries),
      () => sealed.restoreBackup,
    ],
    [
      'was rewritten with all that follows',
      () => [17, backedUpEntries + 17],
      () => sealed.rewriteEverything,
    ],
    ['was taken out of the queue', () => [entries], () => ['DELETE FROM audit_pending']],
  ])('finds broken the promise of an event that %s', async (_what, broken, tampering) => {
    const found = await sealed.tampered(tampering(), () => examine());

    const kinds = new Set(found.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['receipt_broken']));
    expect(found.map(({ eventId }) => eventId).sort()).toEqual(
      broken()
        .map((index) => eventIds[index]!)
        .sort(),
    );
  });

  it('holds the log to no promise that it did not sign', async () => {
    const [receipt] = receipts;
    const forged = { ...receipt!, eventHash: Buffer.alloc(32).toString('base64') };
    expect(await examine([forged])).toEqual([
      { kind: 'receipt_forged', leafIndex: null, eventId: forged.eventId },
    ]);
  });
});

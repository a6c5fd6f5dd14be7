import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  committed,
  DirectoryStore,
  indexCommitted,
  LogUnreachable,
  PublishedCheckpoints,
  publishLog,
  type Receipt,
} from '../../../src/ledger/index.js';
import { ReceiptSigner } from '../../../src/ledger/receipt-signer.js';
import { formatEntryBundle, parseEntryBundle } from '../../../src/ledger/tree/index.js';
import { readEvents } from '../../../src/ledger/verification/published-events.js';
import {
  type PublishedLogVerification,
  verifyPublishedLog,
} from '../../../src/ledger/verification/verify-published-log.js';
import { type CaseId, SystemIdSource } from '../../../src/platform/index.js';
import { origin } from '../ledger-fixture.js';
import { RetentionFixture } from '../retention/retention-fixture.js';

const ids = new SystemIdSource();
const unknownEvent = '00000000-0000-7000-8000-000000000000';

/** A real log, published to a folder, and what its events say. */
describe('the second pass over a published log', () => {
  let fixture: RetentionFixture;
  let receipts: Receipt[];
  let at: string;

  beforeAll(async () => {
    fixture = await RetentionFixture.open();
    receipts = await fixture.record(300, ids.random<CaseId>());
    await fixture.seal();
    await fixture.commitToIndex();
    receipts.push(...(await fixture.record(20, ids.random<CaseId>())));
    await fixture.seal();
    await fixture.commitToIndex();
    fixture.ledger.clock.advance(120_000);
    receipts.push(...(await fixture.record(1)));
    await fixture.seal();
    at = join(fixture.folder, 'published');
    await publish(at);
  });
  afterAll(() => fixture.close());

  async function publish(folder: string): Promise<void> {
    const checkpoint = await new PublishedCheckpoints(fixture.reader, false).newest();
    if (!checkpoint) throw new Error('Nothing is signed');
    const store = new DirectoryStore(folder);
    await publishLog({ connection: fixture.reader, checkpoint, store });
  }

  function verify(
    asked: { receipts?: readonly Receipt[]; isIndex?: boolean },
    folder = at,
  ): Promise<PublishedLogVerification> {
    const trust = { logs: fixture.signer.verifiers(), witnesses: [] };
    return verifyPublishedLog({ location: { kind: 'directory', at: folder }, trust, ...asked });
  }

  const promised = (
    { eventId: id, eventHash: hash, recordedAt }: Receipt,
    change: Partial<Parameters<ReceiptSigner['sign']>[0]>,
  ) => new ReceiptSigner(fixture.ledger.keys, origin).sign({ id, hash, recordedAt, ...change });
  const first = () => receipts[0]!;
  const last = () => receipts.at(-1)!;

  it('finds every receipt of its events kept', async () => {
    expect(await verify({ receipts })).toMatchObject({
      isSound: true,
      content: { receipts: { 'receipts kept': '321 of 321' }, index: null },
    });
  });

  it('finds a promise broken: another event, or none a minute later', async () => {
    const other = promised(first(), { hash: last().eventHash });
    const missing = promised(first(), { id: unknownEvent });
    const found = await verify({ receipts: [other, missing] });
    expect(found).toMatchObject({ isSound: false, verified: null });
    expect(found.damages).toEqual([
      { kind: 'receipt_broken', leafIndex: expect.any(Number) as number, eventId: first().eventId },
      { kind: 'receipt_broken', leafIndex: null, eventId: unknownEvent },
    ]);
  });

  it('calls no promise broken whose event may still be waiting', async () => {
    const recent = promised(last(), { id: unknownEvent });
    expect(await verify({ receipts: [recent] })).toMatchObject({
      isSound: true,
      content: { receipts: { 'receipts kept': '0 of 1' } },
    });
  });

  it('finds a receipt that the log did not sign', async () => {
    const forged = { ...first(), recordedAt: last().recordedAt };
    expect((await verify({ receipts: [forged] })).damages).toEqual([
      { kind: 'receipt_forged', leafIndex: null, eventId: first().eventId },
    ]);
  });

  it('derives every commitment to the index anew', async () => {
    expect(await verify({ isIndex: true })).toMatchObject({
      isSound: true,
      content: { index: { commitments: 2, keys: 2, damages: [] } },
    });
  });

  it('lets nothing count that was changed between the two passes', async () => {
    const folder = join(fixture.folder, 'changed');
    await cp(at, folder, { recursive: true });
    const store = new DirectoryStore(folder);
    const { treeSize, rootHash } = await verify({});
    const bundle = parseEntryBundle((await store.read('tile/entries/000')) ?? Buffer.alloc(0), 256);
    const changed = bundle.map((entry) =>
      Buffer.from(entry.toString().replace('note 7', 'note 8')),
    );
    await writeFile(join(folder, 'tile/entries/000'), formatEntryBundle(changed));
    const read = async () => {
      const location = { kind: 'directory', at: folder } as const;
      const read: number[] = [];
      for await (const { leafIndex } of readEvents(location, { treeSize, rootHash }))
        read.push(leafIndex);
      return read;
    };
    await expect(read()).rejects.toThrow(LogUnreachable);
  });

  it('finds a commitment to another index than the true one', async () => {
    const { treeSize } = await verify({});
    const detail = { treeSize, rootHash: Buffer.alloc(32, 7).toString('base64'), keys: 2 };
    await fixture.audited.run(fixture.ledger.actor, () =>
      Promise.resolve(committed({}, indexCommitted({ detail }))),
    );
    await fixture.seal();
    const folder = join(fixture.folder, 'lying');
    await publish(folder);
    expect(await verify({}, folder)).toMatchObject({ isSound: true });
    expect((await verify({ isIndex: true }, folder)).damages).toEqual([
      { kind: 'index_commitment_false', leafIndex: treeSize, eventId: null },
    ]);
  });
});

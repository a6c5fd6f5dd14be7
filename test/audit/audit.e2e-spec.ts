import { verify } from 'node:crypto';

import {
  canonicalJson,
  formatEntry,
  leafHash,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseReceipt,
  parseVerifierKey,
  publicKeyOf,
  receiptText,
  sha256,
  verifyConsistency,
  verifyInclusion,
  verifyReceiptKept,
} from '../../src/ledger/index.js';
import { jane, Probity } from '../support/app.js';

const unknown = '99999999-9999-4999-8999-999999999999';

describe('the audit ledger over HTTP', () => {
  let probity: Probity;
  let auditor: string;

  beforeAll(async () => {
    probity = await Probity.open();
    auditor = await probity.staff('auditor');
  });
  afterAll(() => probity.close());

  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  const decode = (hashes: readonly string[]): Buffer[] => hashes.map(bytes);
  const verifiers = async () => {
    const { body } = await probity.get('/v1/ledger/keys');
    return (body.items as { vkey: string }[]).map(({ vkey }) => parseVerifierKey(vkey));
  };
  const sealed = (id: string) =>
    probity.eventually(async () => {
      const { status, body } = await probity.get(
        `/v1/ledger/events/${id}/inclusion-proof`,
        auditor,
      );
      return status === 200 ? body : null;
    });

  it('pages through the events, newest first, and records each search', async () => {
    const first = await probity.get('/v1/ledger/events?limit=2', auditor);
    expect(first.status).toBe(200);
    expect(first.body.items).toHaveLength(2);
    const second = await probity.get(`/v1/ledger/events?limit=2&after=${first.body.next}`, auditor);
    const ids = [...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id);
    expect([...ids].sort().reverse()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);

    const searches = await probity.get('/v1/ledger/events?type=ledger.events_listed', auditor);
    expect(searches.body.items[0]).toMatchObject({
      type: 'ledger.events_listed',
      outcome: 'success',
      purpose: 'audit',
      dataAccessed: ['event'],
      detail: { count: expect.any(Number) },
    });
  });

  it('finds by exact type and by prefix, and takes an underscore for itself', async () => {
    const types = async (query: string): Promise<Set<string>> => {
      const { body } = await probity.get(`/v1/ledger/events?${query}`, auditor);
      return new Set(body.items.map(({ type }: { type: string }) => type));
    };
    expect(await types('type=ledger.events_listed')).toEqual(new Set(['ledger.events_listed']));
    expect(await types('type=ledger.')).toContain('ledger.events_listed');
    expect(await types('type=ledger.events')).toEqual(new Set());
    expect(await types('type=ledger.events-listed')).toEqual(new Set());
    expect(await types('outcome=failed&type=ledger.')).toEqual(new Set());
    expect(await types(`subject=${unknown}`)).toEqual(new Set());
    expect(await types('to=2020-01-01T00:00:00Z')).toEqual(new Set());
  });

  it('finds events of any of several types', async () => {
    const { body } = await probity.get(
      '/v1/ledger/events?type=ledger.events_listed,staff.,policy.activated',
      auditor,
    );
    const types = new Set<string>(body.items.map(({ type }: { type: string }) => type));
    expect([...types]).toEqual(
      expect.arrayContaining(['ledger.events_listed', 'staff.session_created', 'policy.activated']),
    );
    expect(
      [...types].filter((type) => !/^(ledger.events_listed|staff\.|policy)/.test(type)),
    ).toEqual([]);
    expect((await probity.events('ledger.events_listed')).at(-1)!.detail['filters']).toEqual({
      type: 'ledger.events_listed,staff.,policy.activated',
    });
  });

  it('says of a customer’s events of a period whether they record a violation, and which', async () => {
    const from = new Date().toISOString();
    const customer = await probity.signIn(jane);
    const session = (await probity.events('session.created')).at(-1)!;
    const search = `/v1/ledger/events?subject=${session.subject}&from=${from}`;
    const before = await probity.get(search, auditor);
    expect(before.body.items.length).toBeGreaterThan(0);
    expect(before.body).toMatchObject({
      complianceStatus: 'no_violation_recorded',
      violations: [],
    });

    await probity.get('/v1/ledger/events', customer);
    const { body } = await probity.get(search, auditor);
    expect(body.complianceStatus).toBe('violations_found');
    expect(body.violations).toEqual([
      {
        eventId: body.items[0].id,
        leafIndex: body.items[0].leafIndex,
        kind: 'refusal',
        type: 'ledger.events_listed',
        code: 'authority.denied',
        rule: body.items[0].policy.rule,
      },
    ]);
    const other = await probity.get(`${search}&type=session.`, auditor);
    expect(other.body.complianceStatus).toBe('no_violation_recorded');
  });

  it.each([
    'type=UPPER',
    'type=ledger.,UPPER',
    'type=ledger.,',
    'limit=0',
    'limit=9999',
    'after=x',
    'outcome=maybe',
    'from=yesterday',
    'x=1',
  ])('answers 400 to ?%s', async (query) => {
    const { status, body } = await probity.get(`/v1/ledger/events?${query}`, auditor);
    expect([status, body.code]).toEqual([400, 'input.invalid']);
  });

  it('refuses agents and customers, and each refusal is an event', async () => {
    const agent = await probity.staff('agent');
    const customer = await probity.signIn(jane);
    for (const path of [
      'events',
      `events/${unknown}`,
      `events/${unknown}/inclusion-proof`,
      `events/${unknown}/proof-file`,
      'consistency-proof?first=1',
      'log/checkpoint',
    ]) {
      for (const token of [agent, customer]) {
        const before = (await probity.events()).length;
        const { status, body } = await probity.get(`/v1/ledger/${path}`, token);
        expect([path, status, body.code]).toEqual([path, 403, 'authority.denied']);
        const events = await probity.events();
        expect(events.length).toBe(before + 1);
      }
    }
    expect((await probity.get('/v1/ledger/events')).status).toBe(401);
  });

  it('proves to anybody with the public key that an event stands in the log', async () => {
    const listed = await probity.get('/v1/ledger/events', auditor);
    const proof = await sealed(listed.body.receipt.eventId);

    const known = await verifiers();
    const checkpoint = parseCheckpoint(openNote(proof.checkpoint, known).text);
    expect(checkpoint.treeSize).toBe(proof.treeSize);
    expect(checkpoint.rootHash.toString('base64')).toBe(proof.rootHash);
    verifyInclusion(
      {
        leafIndex: proof.leafIndex,
        treeSize: proof.treeSize,
        leafHash: bytes(proof.leafHash),
        rootHash: checkpoint.rootHash,
      },
      decode(proof.proof),
    );

    const { body } = await probity.get(`/v1/ledger/events/${listed.body.receipt.eventId}`, auditor);
    expect(body).toMatchObject({
      leafIndex: proof.leafIndex,
      eventHash: listed.body.receipt.eventHash,
    });
    const { receipt } = listed.body;
    const signed = receiptText(receipt.origin, {
      id: receipt.eventId,
      hash: receipt.eventHash,
      recordedAt: receipt.recordedAt,
    });
    const key = known.find(({ keyId }) => keyId.toString('hex') === receipt.keyId)!;
    const publicKey = publicKeyOf(key.publicKeyBytes);
    expect(verify(null, Buffer.from(signed), publicKey, bytes(receipt.signature))).toBe(true);
  });

  it('proves that the log only grew between two checkpoints', async () => {
    const one = await sealed(
      (await probity.get('/v1/ledger/events', auditor)).body.receipt.eventId,
    );
    const two = await sealed(
      (await probity.get('/v1/ledger/events', auditor)).body.receipt.eventId,
    );
    expect(two.treeSize).toBeGreaterThan(one.treeSize);
    const { status, body } = await probity.get(
      `/v1/ledger/consistency-proof?first=${one.treeSize}&second=${two.treeSize}`,
      auditor,
    );
    expect(status).toBe(200);
    verifyConsistency(
      {
        first: one.treeSize,
        second: two.treeSize,
        firstRoot: bytes(one.rootHash),
        secondRoot: bytes(two.rootHash),
      },
      decode(body.proof),
    );
  });

  it('knows only the sizes of published checkpoints', async () => {
    const { body } = await probity.get('/v1/ledger/events', auditor);
    const id = body.receipt.eventId as string;
    await sealed(id);
    for (const path of [
      `events/${id}/inclusion-proof?treeSize=999999`,
      'consistency-proof?first=999999&second=1000000',
    ]) {
      const answer = await probity.get(`/v1/ledger/${path}`, auditor);
      expect([answer.status, answer.body.code]).toEqual([400, 'proof.size_unknown']);
    }
  });

  it('answers unknown and malformed ids alike', async () => {
    for (const id of [unknown, 'nonsense']) {
      for (const path of [id, `${id}/inclusion-proof`]) {
        const { status, body } = await probity.get(`/v1/ledger/events/${path}`, auditor);
        expect([path, status, body.code]).toEqual([path, 404, 'resource.not_found']);
      }
    }
  });

  it('serves the newest checkpoint as a signed note, with one event a minute', async () => {
    const before = (await probity.events('ledger.log_read')).length;
    const one = await probity.get('/v1/ledger/log/checkpoint', auditor);
    await probity.get('/v1/ledger/log/checkpoint', auditor);

    expect(one.status).toBe(200);
    expect(one.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(parseCheckpoint(openNote(one.text, await verifiers()).text).treeSize).toBeGreaterThan(0);
    expect((await probity.events('ledger.log_read')).length).toBe(before + 1);
  });

  it('gives each hit of a search its proof under one checkpoint, on request', async () => {
    const { body: earlier } = await probity.get('/v1/ledger/events', auditor);
    expect(earlier.items[0]).not.toHaveProperty('inclusion');
    expect(earlier).not.toHaveProperty('checkpoint');
    await sealed(earlier.receipt.eventId);

    const { body } = await probity.get('/v1/ledger/events?proofs=true&limit=200', auditor);
    const head = openCheckpoint(body.checkpoint, { logs: await verifiers() });
    const proven = body.items.filter(({ inclusion }: { inclusion: unknown }) => inclusion !== null);
    expect(proven.length).toBeGreaterThan(4);
    for (const { inclusion, leafIndex, eventHash, ...event } of proven) {
      const text = canonicalJson(event);
      expect(sha256(text).toString('base64')).toBe(eventHash);
      const hash = leafHash(formatEntry(leafIndex, Buffer.from(inclusion.prev, 'hex'), text));
      expect(hash.toString('base64')).toBe(inclusion.leafHash);
      verifyInclusion({ leafIndex, leafHash: hash, ...head }, decode(inclusion.proof));
    }
  });

  it('gives the proof of an event as one file, which keeps the promise of its receipt', async () => {
    const { body } = await probity.get('/v1/ledger/events', auditor);
    const path = `/v1/ledger/events/${body.receipt.eventId}`;
    await sealed(body.receipt.eventId);
    const file = await probity.get(`${path}/proof-file`, auditor);
    expect([file.status, file.headers.get('content-type')]).toEqual([
      200,
      'text/plain; charset=utf-8',
    ]);
    const trust = { logs: await verifiers() };
    const receipt = parseReceipt(JSON.stringify(body));
    expect(verifyReceiptKept(receipt, file.text, trust).treeSize).toBeGreaterThan(0);

    const other = parseReceipt(JSON.stringify(await sealed(body.items[0].id)));
    expect(() => verifyReceiptKept(other, file.text, trust)).toThrow('another event');
    expect((await probity.get(`/v1/ledger/events/${unknown}/proof-file`, auditor)).status).toBe(
      404,
    );
  });
});

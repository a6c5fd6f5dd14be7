import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  type BundleManifest,
  bundleFiles,
  canonicalJson,
  formatTarFile,
  manifestText,
  parseReceipt,
  parseVerifierKey,
  proofFileName,
  readTar,
  type KeptReceipt,
  Sealer,
  signNote,
  tarEnd,
  verifyBundle,
  type VerificationReport,
} from '../../../src/ledger/index.js';
import { ExportCompartments, newRecipientKeys, openBundle } from '../../../src/audit/index.js';
import { JobQueue, KeyStore, SimulatedClock } from '../../../src/platform/index.js';
import { newSigner, verifierOf } from '../../ledger/tree/keys.js';
import { jane, Probity } from '../../support/app.js';
import { startChild } from '../../support/child-process.js';

const minute = 60_000;

type Files = Map<string, Buffer>;

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  // Odd lengths: no border of a chunk is one of the archive.
  for (let at = 0; at < bytes.length; at += 7_777) {
    yield await Promise.resolve(bytes.subarray(at, at + 7_777));
  }
}

async function filesOf(bundle: Uint8Array): Promise<Files> {
  const files: Files = new Map();
  for await (const { name, content } of readTar(chunksOf(bundle), 10_000_000)) {
    files.set(name, Buffer.from(content));
  }
  return files;
}

function pack(files: Iterable<readonly [string, Buffer]>): Buffer {
  const packed = [...files].map(([name, content]) => formatTarFile(name, content, new Date(0)));
  return Buffer.concat([...packed, tarEnd]);
}

describe('exports of the ledger', () => {
  // Reaches the present when the auditor signs in: their authenticator goes by the machine's clock.
  const clock = new SimulatedClock(new Date(Date.now() - 30 * minute));
  let probity: Probity;
  let auditor: string;
  let period: { from: string; to: string };
  let caseId: string;
  let bundle: Buffer;
  let chat: { receipt: object };
  let keys = 0;
  const folder = mkdtempSync(join(tmpdir(), 'probity-exports-'));

  beforeAll(async () => {
    probity = await Probity.open({ clock });
    clock.advance(10 * minute);
    const from = clock.now().toISOString();
    const conversation = await probity.startChat(await probity.signIn(jane));
    const { body } = await probity.say(
      conversation,
      'Somebody used my card in Las Vegas, it was not me!',
    );
    caseId = body.case.id as string;
    chat = body as typeof chat;
    clock.advance(10 * minute);
    period = { from, to: clock.now().toISOString() };
    clock.advance(10 * minute);
    auditor = await probity.staff('auditor');
    bundle = await download(await ready({ period }));
  });
  afterAll(async () => {
    await probity.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const request = (body: unknown, headers: Record<string, string> = {}) =>
    probity.call('POST', '/v1/ledger/exports', {
      token: auditor,
      body,
      headers: { 'idempotency-key': `export ${(keys += 1)}`.replace(' ', '-'), ...headers },
    });
  const ready = async (body: unknown): Promise<string> => {
    const requested = await request(body);
    expect([requested.status, requested.body.state]).toEqual([202, 'preparing']);
    const id = requested.body.id as string;
    const done = await probity.eventually(async () => {
      const { body: status } = await probity.get(`/v1/ledger/exports/${id}`, auditor);
      return status.state === 'preparing' ? null : (status.state as string);
    });
    expect(done).toBe('ready');
    return id;
  };
  const download = async (id: string): Promise<Buffer> => {
    const response = await fetch(`${probity.url}/v1/ledger/exports/${id}/bundle`, {
      headers: { authorization: `Bearer ${auditor}` },
    });
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  };
  const trust = async () => {
    const { body } = await probity.get('/v1/ledger/keys');
    return { logs: (body.items as { vkey: string }[]).map(({ vkey }) => parseVerifierKey(vkey)) };
  };
  const verify = async (
    bytes: Uint8Array,
    receipts: readonly KeptReceipt[] = [],
  ): Promise<VerificationReport> =>
    verifyBundle({ chunks: chunksOf(bytes), trust: await trust(), receipts });
  const kindsOf = async (bytes: Uint8Array): Promise<string[]> => {
    const { damages, isSound } = await verify(bytes);
    expect(isSound).toBe(false);
    return damages.map(({ kind }) => kind);
  };
  /** With everything in the manifest made to fit, and signed: what only the log itself could do. */
  const repack = (files: Files, change: Partial<BundleManifest> = {}): Buffer => {
    const key = probity.app.get(KeyStore).signingKeys('log')[0]!;
    const before = JSON.parse(files.get(bundleFiles.manifest)!.toString()) as BundleManifest;
    files.delete(bundleFiles.manifest);
    files.delete(bundleFiles.manifestNote);
    const named = [...files].map(([name, content]) => ({
      name,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    }));
    const manifest = Buffer.from(canonicalJson({ ...before, files: named, ...change }));
    const text = manifestText(before.exportId, createHash('sha256').update(manifest).digest());
    const note = signNote(text, [{ name: before.origin, ...key }]);
    files.set(bundleFiles.manifest, manifest);
    files.set(bundleFiles.manifestNote, Buffer.from(note));
    return pack(files);
  };

  it('holds a period whole, verified with nothing but a public key', async () => {
    const report = await verify(bundle);
    expect(report).toMatchObject({ isSound: true, damages: [] });
    const files = await filesOf(bundle);
    const lines = files.get('entries/000000.jsonl')!.toString().trimEnd().split('\n');
    const events = lines.map(
      (line) => (JSON.parse(line) as { event: { recordedAt: string } }).event,
    );
    const within = events.filter(
      ({ recordedAt }) => recordedAt >= period.from && recordedAt < period.to,
    );
    const [stored] = await probity.database.query<{ count: string }>(
      'SELECT count(*) FROM audit_events WHERE recorded_at >= $1 AND recorded_at < $2',
      [period.from, period.to],
    );
    expect(within).toHaveLength(Number(stored!.count));
    expect(events).toHaveLength(within.length + 2);
    expect(report.facts['events']).toBe(within.length);

    const page = files.get(bundleFiles.page)!.toString();
    expect(page).toContain('fraud.reported');
    expect(page).not.toContain('<script');
  });

  it('records who asked, who looked and who downloaded', async () => {
    const id = await ready({ period });
    await download(id);
    for (const type of ['export_requested', 'export_read', 'export_made', 'export_downloaded']) {
      const events = await probity.events(`ledger.${type}`);
      expect([type, events.some(({ resource }) => resource?.id === id)]).toEqual([type, true]);
    }
    const [piece] = await probity.database.query<{ sealed: Buffer }>(
      'SELECT sealed FROM ledger_export_pieces WHERE export_id = $1',
      [id],
    );
    expect(piece!.sealed.includes('ledger')).toBe(false);
  });

  it('finds every file that was changed, dropped or added', async () => {
    const files = await filesOf(bundle);
    for (const [name, content] of files) {
      const changed: Files = new Map(files);
      const flipped = Buffer.from(content);
      flipped[flipped.length >> 1]! ^= 1;
      changed.set(name, flipped);
      expect((await verify(pack(changed))).isSound).toBe(false);
      const dropped: Files = new Map(files);
      dropped.delete(name);
      expect((await verify(pack(dropped))).isSound).toBe(false);
    }
    for (const name of ['../../etc/passwd', '/etc/passwd', 'entries/../keys', 'notes.txt']) {
      expect(await kindsOf(pack([...files, [name, Buffer.from('x')]]))).toEqual([
        'file_unexpected',
      ]);
    }
    const twice = pack([...files, ['keys', files.get('keys')!]]);
    expect(await kindsOf(twice)).toEqual(['file_unexpected']);
  });

  it('finds a bundle that is cut off anywhere, or goes on behind its end', async () => {
    for (const length of [0, 100, 512, 1_024, bundle.length >> 1, bundle.length - 512]) {
      expect(await kindsOf(bundle.subarray(0, length))).toContain('bundle_broken');
    }
    expect(await kindsOf(Buffer.concat([bundle, Buffer.alloc(512)]))).toEqual(['bundle_broken']);
  });

  it('finds what even the log’s own key cannot hide', async () => {
    const entries = 'entries/000000.jsonl';
    const files = () => filesOf(bundle);
    const rewritten = async (change: (lines: string[]) => string[]): Promise<string[]> => {
      const changed = await files();
      const lines = changed.get(entries)!.toString().trimEnd().split('\n');
      changed.set(entries, Buffer.from(`${change(lines).join('\n')}\n`));
      return kindsOf(repack(changed));
    };
    expect(await rewritten((lines) => lines.toSpliced(2, 1))).toContain('proof_wrong');
    expect(await rewritten(([a, b, ...rest]) => [b!, a!, ...rest])).toContain('entry_out_of_place');
    expect(
      await rewritten((lines) => lines.map((line) => line.replace('"success"', '"refused"'))),
    ).toContain('proof_wrong');

    // Says it was asked for a longer period, which the entries do not reach the end of.
    const longer = await files();
    const to = '2999-01-01T00:00:00.000Z';
    const range = JSON.parse(longer.get(bundleFiles.range)!.toString()) as object;
    longer.set(bundleFiles.range, Buffer.from(canonicalJson({ ...range, to })));
    const { counts } = JSON.parse(longer.get(bundleFiles.manifest)!.toString()) as BundleManifest;
    const change: Partial<BundleManifest> = {
      criteria: { kind: 'period', from: period.from, to },
      counts: { ...counts, matching: counts.matching + 1 },
    };
    expect(await kindsOf(repack(longer, change))).toEqual(['edge_open']);
  });

  it('takes no stretch from elsewhere in the log for a period without events', async () => {
    const quiet = { from: new Date(Date.parse(period.from) + minute).toISOString(), to: period.to };
    const honest = await download(await ready({ period: quiet }));
    expect(await verify(honest)).toMatchObject({ isSound: true, facts: { events: 0 } });
    for (const year of [2001, 2999]) {
      const claimed = { from: `${year}-01-01T00:00:00.000Z`, to: `${year}-02-01T00:00:00.000Z` };
      const files = await filesOf(honest);
      const range = JSON.parse(files.get(bundleFiles.range)!.toString()) as object;
      files.set(bundleFiles.range, Buffer.from(canonicalJson({ ...range, ...claimed })));
      const kinds = await kindsOf(repack(files, { criteria: { kind: 'period', ...claimed } }));
      expect(kinds).toEqual(['edge_open']);
    }
  });

  it('refuses a range beyond what can be counted, and more entries than its range has', async () => {
    const files = await filesOf(bundle);
    const range = JSON.parse(files.get(bundleFiles.range)!.toString()) as { end: number };
    const [hash] = [Buffer.alloc(32).toString('base64')];
    const far = { start: 2 ** 53 - 1, end: 2 ** 53 - 1, frontier: Array<string>(53).fill(hash) };
    for (const claimed of [far, { end: range.end - 1 }, { end: range.end + 1_000_000 }]) {
      files.set(bundleFiles.range, Buffer.from(canonicalJson({ ...range, ...claimed })));
      const kinds = await kindsOf(repack(files));
      expect([claimed, kinds]).toEqual([claimed, expect.arrayContaining(['file_malformed'])]);
    }
  });

  it('is nobody’s word where another key signed it', async () => {
    const stranger = verifierOf(newSigner('probity.example/ledger'));
    const report = await verifyBundle({ chunks: chunksOf(bundle), trust: { logs: [stranger] } });
    const kinds = report.damages.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['checkpoint_forged', 'manifest_forged']));
  });

  it('shows all events of a case, and that there are no others', async () => {
    const whole = await download(await ready({ caseId }));
    const files = await filesOf(whole);
    const { commitment } = JSON.parse(files.get(bundleFiles.completeness)!.toString()) as {
      commitment: { entry: string };
    };
    const { event } = JSON.parse(commitment.entry) as {
      event: { detail: { treeSize: number } };
    };
    // A list that ends early is not found out by what it holds: the report says where it ends.
    expect(await verify(whole)).toMatchObject({
      isSound: true,
      facts: { 'complete up to': `entry ${event.detail.treeSize - 1}` },
    });
    const proofs = [...files.keys()].filter((name) => name.startsWith('proofs/'));
    const [stored] = await probity.database.query<{ count: string }>(
      'SELECT count(*) FROM audit_events WHERE case_id = $1',
      [caseId],
    );
    expect(proofs).toHaveLength(Number(stored!.count));

    const fewer = new Map(files);
    fewer.delete(proofs[0]!);
    expect(await kindsOf(repack(fewer))).toContain('list_incomplete');
    const swapped = new Map(files);
    swapped.set(proofs[0]!, files.get(proofs[1]!)!);
    expect(await kindsOf(repack(swapped))).toContain('file_malformed');
    const index = Number(/\d+/.exec(proofs[0]!)![0]);
    expect(proofFileName(index)).toBe(proofs[0]);
  });

  it('is encrypted to a recipient, who alone can open it whole', async () => {
    const recipient = await newRecipientKeys();
    const recipientKey = Buffer.from(recipient.publicKey).toString('base64');
    const sealed = await download(await ready({ period, recipientKey }));
    const open = async (bytes: Uint8Array, keysOf = recipient): Promise<Buffer> => {
      const opened: Uint8Array[] = [];
      for await (const chunk of openBundle(chunksOf(bytes), keysOf)) opened.push(chunk);
      return Buffer.concat(opened);
    };
    expect((await verify(await open(sealed))).isSound).toBe(true);
    expect(sealed.includes('recordedAt')).toBe(false);
    await expect(open(sealed, await newRecipientKeys())).rejects.toThrow('somebody else');
    await expect(open(sealed.subarray(0, -1))).rejects.toThrow('changed');
    await expect(open(Buffer.concat([sealed, Buffer.of(0)]))).rejects.toThrow('changed');
    const flipped = Buffer.from(sealed);
    flipped[200]! ^= 1;
    await expect(open(flipped)).rejects.toThrow('changed');
  });

  it('is opened and verified by the programs that its reader runs', async () => {
    const run = async (program: string, parameters: readonly string[]) => {
      const child = startChild(program, { env: {}, parameters });
      return { code: await child.ended(), output: child.output };
    };
    const verifier = join(folder, 'ledger-verifier.mjs');
    expect((await run('scripts/build-verifier.ts', [verifier])).code).toBe(0);
    const made = await run('scripts/ledger-decrypt.ts', ['--new-key', join(folder, 'key')]);
    const recipientKey = made.output.trimEnd().split('\n').at(-1)!;
    const sealed = join(folder, 'bundle.sealed');
    writeFileSync(sealed, await download(await ready({ period, recipientKey })));
    const opened = join(folder, 'bundle.tar');
    const key = ['--key', join(folder, 'key'), '--out', opened];
    expect(await run('scripts/ledger-decrypt.ts', [sealed, ...key])).toEqual({
      code: 0,
      output: '',
    });

    // As the built service makes it, with the verifier in it; and that one is run, by plain node.
    const files = await filesOf(readFileSync(opened));
    files.set(bundleFiles.verifier, readFileSync(verifier));
    writeFileSync(opened, repack(files));
    const { receipt } = chat;
    writeFileSync(join(folder, 'receipt.json'), JSON.stringify({ receipt }));
    const { body } = await probity.get('/v1/ledger/keys');
    const trusted = ['--key', (body.items as { vkey: string }[])[0]!.vkey, '--json'];
    const held = [...trusted, '--receipt', join(folder, 'receipt.json')];
    const standalone = spawnSync(process.execPath, [verifier, opened, ...held], {
      encoding: 'utf8',
    });
    const script = await run('scripts/ledger-verify.ts', [opened, ...held]);
    for (const [code, output] of [
      [standalone.status, standalone.stdout],
      [script.code, script.output],
    ] as const) {
      expect([code, JSON.parse(output)]).toMatchObject([
        0,
        { isSound: true, receiptsKept: '1 of 1' },
      ]);
    }
    writeFileSync(join(folder, 'receipt.json'), JSON.stringify({ ...receipt, eventHash: 'AAAA' }));
    expect((await run('scripts/ledger-verify.ts', [opened, ...held])).code).toBe(1);
  });

  it('withholds what stands in a compartment, and proves the rest', async () => {
    probity.app.get(ExportCompartments).withhold('fraud.');
    const whole = await download(await ready({ period }));
    const report = await verify(whole);
    expect(report).toMatchObject({ isSound: true, facts: { withheld: 1 } });
    expect(whole.includes('fraud.reported')).toBe(false);

    // Nor may the one beyond an edge be withheld: it has to show that it lies beyond.
    const [{ at }] = (await probity.database.query<{ at: Date }>(
      "SELECT max(recorded_at) AS at FROM audit_events WHERE type = 'fraud.reported'",
    )) as [{ at: Date }];
    const behind = new Date(at.getTime() + 1).toISOString();
    const beside = await download(await ready({ period: { from: behind, to: period.to } }));
    expect(await verify(beside)).toMatchObject({ isSound: true });
  });

  it('is for compliance and audit, and is asked for once', async () => {
    const agent = await probity.staff('agent');
    const unknown = '99999999-9999-4999-8999-999999999999';
    const asked = await probity.call('POST', '/v1/ledger/exports', {
      token: agent,
      body: { period },
      headers: { 'idempotency-key': 'agent' },
    });
    expect([asked.status, asked.body.code]).toEqual([403, 'authority.denied']);
    for (const path of [unknown, `${unknown}/bundle`]) {
      const denied = await probity.get(`/v1/ledger/exports/${path}`, agent);
      expect(denied.status).toBe(403);
      const missing = await probity.get(`/v1/ledger/exports/${path}`, auditor);
      expect([missing.status, missing.body.code]).toEqual([404, 'resource.not_found']);
    }
    const bare = await probity.post('/v1/ledger/exports', { period }, auditor);
    expect([bare.status, bare.body.code]).toEqual([400, 'idempotency.key_missing']);
    for (const wrong of [
      {},
      { period, caseId },
      { period: { from: period.to, to: period.from } },
    ]) {
      expect((await request(wrong)).status).toBe(400);
    }
    const key = { 'idempotency-key': 'the-same' };
    const [one, two] = [await request({ period }, key), await request({ period }, key)];
    expect(two.body.id).toBe(one.body.id);
  });

  it('convicts the log of an event that was removed before it was sealed', async () => {
    const from = clock.now().toISOString();
    const sealer = probity.app.get(Sealer);
    await sealer.stop();
    const promised = await probity.post('/v1/conversations', { channel: 'chat' });
    const kept = await probity.post('/v1/conversations', { channel: 'chat' });
    const { eventId } = promised.body.receipt as { eventId: string };
    const [{ partition }] = (await probity.database.query<{ partition: string }>(
      'SELECT tableoid::regclass::text AS partition FROM audit_events WHERE id = $1',
      [eventId],
    )) as [{ partition: string }];
    await probity.database.query(`ALTER TABLE ${partition} DISABLE TRIGGER refuse_change`);
    await probity.database.query(`DELETE FROM ${partition} WHERE id = $1`, [eventId]);
    await probity.database.query(`ALTER TABLE ${partition} ENABLE ALWAYS TRIGGER refuse_change`);
    await probity.database.query('DELETE FROM audit_pending WHERE event_id = $1', [eventId]);
    sealer.start();
    clock.advance(2 * minute);
    const to = clock.now().toISOString();
    clock.advance(1);

    const whole = await download(await ready({ period: { from, to } }));
    const receipts = [promised, kept].map(({ text }) => parseReceipt(text));
    expect((await verify(whole)).isSound).toBe(true);
    expect((await verify(whole, receipts.slice(1))).isSound).toBe(true);
    const { damages, isSound } = await verify(whole, receipts);
    expect([isSound, damages]).toEqual([
      false,
      [{ kind: 'receipt_broken', leafIndex: null, eventId }],
    ]);
  });

  it('is gone when its time is over', async () => {
    const id = await ready({ period });
    await probity.database.query('UPDATE ledger_exports SET expires_at = $1 WHERE id = $2', [
      clock.now(),
      id,
    ]);
    await probity.app.get(JobQueue).runDue();
    const gone = await probity.get(`/v1/ledger/exports/${id}/bundle`, auditor);
    expect([gone.status, gone.body.code]).toEqual([410, 'export.expired']);
    const pieces = await probity.database.query(
      'SELECT FROM ledger_export_pieces WHERE export_id = $1',
      [id],
    );
    expect(pieces).toEqual([]);
    expect((await probity.events('ledger.export_expired')).at(-1)?.resource?.id).toBe(id);
  });
});

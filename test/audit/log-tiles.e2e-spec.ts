import {
  formatVerifierKey,
  noteVerifier,
  openNote,
  parseCheckpoint,
  parseEntryBundle,
  parseVerifierKey,
  verifyPublishedLog,
} from '../../src/ledger/index.js';
import { jane, Probity } from '../support/app.js';

const prefix = '/v1/ledger/log';

describe('the log over HTTP', () => {
  let probity: Probity;
  let auditor: string;

  beforeAll(async () => {
    probity = await Probity.open();
    auditor = await probity.staff('auditor');
    // Each search is an event: enough of them for a full tile, and some beyond.
    for (let round = 0; round < 14; round += 1) {
      await Promise.all(
        Array.from({ length: 20 }, () => probity.get('/v1/ledger/events?limit=1', auditor)),
      );
    }
    await probity.eventually(async () => (await checkpoint()).treeSize > 270);
  });
  afterAll(() => probity.close());

  const keys = async (): Promise<string[]> => {
    const { body } = await probity.get('/v1/ledger/keys');
    return (body.items as { vkey: string }[]).map(({ vkey }) => vkey);
  };
  async function checkpoint() {
    const { text } = await probity.get(`${prefix}/checkpoint`, auditor);
    return parseCheckpoint(openNote(text, (await keys()).map(parseVerifierKey)).text);
  }
  const read = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${probity.url}${prefix}/${path}`, {
      headers: { authorization: `Bearer ${auditor}`, ...headers },
    });
  const bytesOf = async (path: string): Promise<Buffer> =>
    Buffer.from(await (await read(path)).arrayBuffer());

  it('is verified by whoever knows its address and its key, entry for entry', async () => {
    const { treeSize } = await checkpoint();
    const location = { kind: 'url', at: probity.url + prefix, bearerToken: auditor } as const;
    const logs = (await keys()).map(parseVerifierKey);
    const verification = await verifyPublishedLog({ location, trust: { logs } });
    expect(verification).toMatchObject({ isSound: true, damages: [] });
    expect(verification.treeSize).toBeGreaterThanOrEqual(treeSize);

    const stranger = noteVerifier(logs[0]!.name, Buffer.alloc(32, 7));
    expect(formatVerifierKey(stranger.name, stranger.publicKeyBytes)).not.toBe((await keys())[0]);
    const distrusted = await verifyPublishedLog({ location, trust: { logs: [stranger] } });
    expect(distrusted.damages).toMatchObject([{ kind: 'checkpoint_forged' }]);
  });

  it('serves full tiles for ever, and the checkpoint only once', async () => {
    for (const path of ['tile/0/000', 'tile/entries/000']) {
      const { status, headers } = await read(path);
      expect([path, status, headers.get('content-type')]).toEqual([
        path,
        200,
        'application/octet-stream',
      ]);
      expect(headers.get('cache-control')).toContain('private, immutable');
    }
    const newest = await read('checkpoint');
    expect(newest.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(newest.headers.get('cache-control')).toBe('no-cache');
    expect(await bytesOf('tile/0/000')).toHaveLength(8_192);
    expect(parseEntryBundle(await bytesOf('tile/entries/000'), 256)).toHaveLength(256);
  });

  it('still serves the partial tiles of older sizes, as beginnings of the full ones', async () => {
    const [tile, bundle] = [await bytesOf('tile/0/000'), await bytesOf('tile/entries/000')];
    for (const width of [1, 17, 255]) {
      const partial = await read(`tile/0/000.p/${width}`);
      expect(partial.headers.get('cache-control')).not.toContain('immutable');
      expect(Buffer.from(await partial.arrayBuffer())).toEqual(tile.subarray(0, width * 32));
      const entries = await bytesOf(`tile/entries/000.p/${width}`);
      expect(entries).toEqual(bundle.subarray(0, entries.length));
      expect(parseEntryBundle(entries, width)).toHaveLength(width);
    }
    expect(await bytesOf('tile/1/000.p/1')).toHaveLength(32);
  });

  it('sends nothing again to whoever has it', async () => {
    for (const path of ['tile/0/000', 'tile/entries/000.p/3', 'checkpoint']) {
      const tag = (await read(path)).headers.get('etag') ?? '';
      const again = await read(path, { 'if-none-match': `"other", W/${tag}` });
      const isUnchanged = path !== 'checkpoint' || again.headers.get('etag') === tag;
      expect([path, again.status]).toEqual([path, isUnchanged ? 304 : 200]);
      if (isUnchanged) expect(await again.text()).toBe('');
      expect((await read(path, { 'if-none-match': '"other"' })).status).toBe(200);
    }
  });

  it.each([
    'tile/0/001',
    'tile/0/001.p/255',
    'tile/1/000',
    'tile/1/000.p/2',
    'tile/7/000.p/1',
    'tile/entries/x001/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/0',
    'tile/00/000',
    'tile/entries/x000/000',
    'tile/checkpoint',
    'tile/',
    'tile/../checkpoint/..',
    'tile/0/999999999999999999',
  ])('has no %s', async (path) => {
    const { status, body } = await probity.get(`${prefix}/${path}`, auditor);
    expect([status, body.code]).toEqual([
      404,
      expect.stringMatching(/^(resource\.not_found|route\.unknown)$/),
    ]);
  });

  it('is shown to auditor and compliance only, and each refusal is an event', async () => {
    const others = [await probity.staff('agent'), await probity.signIn(jane)];
    for (const token of others) {
      for (const path of ['checkpoint', 'tile/0/000', 'tile/entries/000', 'tile/nonsense']) {
        const before = (await probity.events('ledger.log_read')).length;
        const { status, body } = await probity.get(`${prefix}/${path}`, token);
        expect([path, status, body.code]).toEqual([path, 403, 'authority.denied']);
        expect((await probity.events('ledger.log_read')).length).toBe(before + 1);
      }
    }
    expect((await probity.get(`${prefix}/tile/0/000`)).status).toBe(401);
  });

  it('grows by one event a session and minute, however much is read', async () => {
    const fresh = await probity.staff('compliance');
    const before = (await probity.events('ledger.log_read')).length;
    for (const path of ['checkpoint', 'tile/0/000', 'tile/entries/000', 'tile/0/000.p/9']) {
      expect((await probity.get(`${prefix}/${path}`, fresh)).status).toBe(200);
    }
    const events = await probity.events('ledger.log_read');
    expect(events.length).toBe(before + 1);
    expect(events.at(-1)).toMatchObject({ outcome: 'success', detail: { resource: 'checkpoint' } });
  });
});

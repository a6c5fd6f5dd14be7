import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  formatSignature,
  formatVerifierKey,
  isQuorumReached,
  type NoteSigner,
  noteVerifier,
  openCheckpoint,
  openWitnessKey,
  parseWitnessPolicy,
  serveWitness,
  Witness,
  type WitnessServer,
  WitnessStore,
} from '../../../src/ledger/index.js';
import { EvidenceReader } from '../../../src/reports/evidence.js';
import { FileKeyStore } from '../../../src/platform/file-key-store.js';
import { Probity } from '../../support/app.js';
import { startChild } from '../../support/child-process.js';

const origin = 'probity.example/ledger';

/** A witness over HTTP that can be stopped and started again at its place. */
class TestWitness {
  #server: WitnessServer | null = null;
  #port = 0;

  private constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly signer: NoteSigner,
    private readonly logKey: Uint8Array,
  ) {}

  static async start(name: string, folder: string, logKey: Uint8Array): Promise<TestWitness> {
    const witness = new TestWitness(name, folder, await openWitnessKey(folder, name, null), logKey);
    await witness.resume();
    return witness;
  }

  get line(): string {
    const key = formatVerifierKey(this.name, this.signer.publicKeyBytes, 'cosignature');
    return `witness ${this.name} ${key} http://127.0.0.1:${this.#port}`;
  }

  get evidence(): Promise<string[]> {
    return readdir(join(this.folder, 'evidence'));
  }

  async resume(): Promise<void> {
    const { signer } = this;
    const store = new WitnessStore(this.folder);
    await store.prepare([origin]);
    const logs = [noteVerifier(origin, this.logKey)];
    const witness = new Witness({ signer, store, logs, now: () => 1_790_000_000 });
    const address = { host: '127.0.0.1', port: this.#port };
    this.#server = await serveWitness(witness, address, (error) => {
      throw error;
    });
    this.#port = Number(new URL(this.#server.url).port);
  }

  async pause(): Promise<void> {
    await this.#server?.close();
    this.#server = null;
  }
}

describe('a log with witnesses', () => {
  let folder: string;
  let keys: string;
  let policyText: string;
  let probity: Probity;
  let logKey: Buffer;
  const witnesses: TestWitness[] = [];
  const opened: Probity[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probity-cosigning-'));
    keys = join(folder, 'keys');
    const store = await FileKeyStore.open({ directory: keys, masterKey: null, production: false });
    logKey = store.signingKeys('log')[0]!.publicKeyBytes;
    for (const name of ['north', 'south']) {
      witnesses.push(await TestWitness.start(name, join(folder, name), logKey));
    }
    policyText = [
      `log ${formatVerifierKey(origin, logKey)}`,
      ...witnesses.map(({ line }) => line),
      'group both all north south',
      'quorum both',
      '',
    ].join('\n');
    await writeFile(join(folder, 'policy'), policyText);
    probity = await open(keys);
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await Promise.all(witnesses.map((witness) => witness.pause()));
    await rm(folder, { recursive: true, force: true });
  });

  async function open(keysDirectory: string, env: Record<string, string> = {}): Promise<Probity> {
    const one = await Probity.open({
      env: {
        PROBITY_KEYS_DIR: keysDirectory,
        PROBITY_WITNESS_POLICY: join(folder, 'policy'),
        PROBITY_WITNESS_INTERVAL_MS: '100',
        PROBITY_WITNESS_TIMEOUT_MS: '1000',
        ...env,
      },
    });
    opened.push(one);
    return one;
  }

  const cosigners = (note: string): string[] => {
    const trust = {
      logs: [noteVerifier(origin, logKey)],
      witnesses: parseWitnessPolicy(policyText).witnesses.map(({ verifier }) => verifier),
    };
    return openCheckpoint(note, trust).cosignatures.map(({ witness }) => witness.name);
  };
  const write = (of: Probity, seconds: number) =>
    of.post(
      '/v1/conversations',
      { channel: 'chat' },
      { headers: { prefer: `wait=${String(seconds)}` } },
    );
  const auditors = new Map<Probity, Promise<string>>();
  const auditor = (of: Probity): Promise<string> => {
    const token = auditors.get(of) ?? of.staff('auditor');
    auditors.set(of, token);
    return token;
  };
  const newest = async (of: Probity): Promise<string | null> => {
    const { status, text } = await of.get('/v1/ledger/log/checkpoint', await auditor(of));
    return status === 200 ? text : null;
  };
  const signedSize = async (of: Probity): Promise<number> => {
    const [row] = await of.database.query<{ size: string }>(
      'SELECT coalesce(max(tree_size), 0) AS size FROM audit_checkpoints',
    );
    return Number(row?.size);
  };

  it('publishes a checkpoint once its quorum has cosigned it, and with it satisfies who waits', async () => {
    const { body } = await write(probity, 8);
    expect(cosigners(body.receipt.checkpoint)).toEqual(['north', 'south']);
    expect(cosigners((await newest(probity))!)).toEqual(['north', 'south']);
  });

  it('publishes to a folder what its witnesses cosigned, by the program that operators run', async () => {
    await write(probity, 8);
    const target = join(folder, 'published');
    await mkdir(target);
    const publishing = startChild('scripts/ledger-publish.ts', {
      env: {
        ...probity.database.env,
        PROBITY_KEYS_DIR: keys,
        PROBITY_WITNESS_POLICY: join(folder, 'policy'),
      },
      parameters: [target],
    });
    expect([await publishing.ended(), publishing.output]).toEqual([
      0,
      expect.stringMatching(/^Published \d+ entries/),
    ]);
    expect(cosigners(await readFile(join(target, 'checkpoint'), 'utf8'))).toEqual([
      'north',
      'south',
    ]);
  });

  it('shows a checkpoint as its witnesses signed it, whatever is planted in the rows beside it', async () => {
    const { body } = await write(probity, 8);
    const whole = body.receipt.checkpoint as string;
    const treeSize = Number(whole.split('\n')[1]);
    const logName = noteVerifier(origin, logKey);
    const line = (name: string, keyId: Buffer) =>
      formatSignature({ name, keyId, signature: Buffer.alloc(72, 7) });
    const strangers = Array.from({ length: 120 }, (_, n) => `stranger.example/w${String(n)}`);
    const planted: (readonly [name: string, keyId: Buffer, line: string])[] = [
      ['garbage', Buffer.alloc(4), 'nothing'],
      ['north', Buffer.alloc(4), '\n\nanother text\n'],
      // Well formed, but whoever knows the log's key would turn the note away for its bad signature.
      [origin, logName.keyId, line(origin, logName.keyId)],
      // More than a note may carry.
      ...strangers.map((name) => [name, Buffer.alloc(4), line(name, Buffer.alloc(4))] as const),
    ];
    for (const [name, keyId, text] of planted) {
      await probity.database.query(
        `INSERT INTO audit_cosignatures (tree_size, witness, key_id, line, received_at)
         VALUES ($1, $2, $3, $4, '2020-01-01')`,
        [treeSize, name, keyId, text],
      );
    }
    const shown = async (): Promise<string> => {
      const proof = await probity.get(
        `/v1/ledger/events/${body.receipt.eventId}/inclusion-proof?treeSize=${String(treeSize)}`,
        await auditor(probity),
      );
      return proof.body.checkpoint as string;
    };
    expect(await shown()).toBe(whole);

    await probity.database.query(`
      BEGIN;
      ALTER TABLE audit_cosignatures DISABLE TRIGGER refuse_change;
      UPDATE audit_cosignatures SET line = overlay(line placing 'AAAA' from length(line) - 12)
        WHERE tree_size = ${String(treeSize)} AND witness = 'north';
      ALTER TABLE audit_cosignatures ENABLE ALWAYS TRIGGER refuse_change;
      COMMIT`);
    expect(cosigners(await shown())).toEqual(['south']);
  });

  it('publishes nothing without its quorum, goes on sealing, and tells', async () => {
    const token = await auditor(probity);
    const compliance = await probity.staff('compliance');
    const waiting = { token: compliance, headers: { prefer: 'wait=8' } };
    await probity.post('/v1/ledger/index-commitments', {}, waiting);
    await witnesses[1]!.pause();
    const before = await signedSize(probity);
    const { body } = await write(probity, 1);
    expect(body.receipt.checkpoint).toBeUndefined();
    const refused = await probity.eventually(
      async () => (await probity.events('ledger.witness_refused'))[0],
    );
    expect(refused.detail).toEqual({ witness: 'south', reason: 'unreachable', status: null });
    expect(await signedSize(probity)).toBeGreaterThan(before);
    const shown = (await newest(probity))!;
    expect(cosigners(shown)).toEqual(['north', 'south']);
    expect(Number(shown.split('\n')[1])).toBeLessThan(await signedSize(probity));
    const proof = await probity.get(
      `/v1/ledger/events/${body.receipt.eventId}/inclusion-proof`,
      await auditor(probity),
    );
    expect([proof.status, proof.body.code]).toEqual([409, 'proof.not_yet_sealed']);

    // Neither a list that is proven whole nor a report goes out under what nobody cosigned.
    const nobody = '99999999-9999-4999-8999-999999999999';
    const list = await probity.get(`/v1/ledger/completeness-proof?subject=${nobody}`, token);
    expect([list.status, cosigners(list.body.checkpoint as string)]).toEqual([
      200,
      ['north', 'south'],
    ]);
    const now = Date.now();
    const report = await probity.post(
      '/v1/compliance/reports',
      {
        standards: ['SOC2'],
        period: {
          from: new Date(now - 3_600_000).toISOString(),
          to: new Date(now - 1).toISOString(),
        },
        formats: ['json'],
      },
      compliance,
    );
    expect(report.status).toBe(202);
    const reportId = report.body.id as string;
    await probity.eventually(async () => {
      const [signed] = await probity.database.query(
        `SELECT tree_size FROM audit_checkpoints
         WHERE tree_size > (SELECT leaf_index FROM audit_entries WHERE event_id = $1) LIMIT 1`,
        [report.body.receipt.eventId],
      );
      return signed;
    });
    expect(await probity.app.get(EvidenceReader).coveringCheckpoint(reportId)).toBeNull();

    await witnesses[1]!.resume();
    await probity.eventually(async () => (await probity.events('ledger.witness_restored'))[0]);
    expect(cosigners((await write(probity, 8)).body.receipt.checkpoint)).toHaveLength(2);
  });

  it('finds out a second service with the same key that shows another history', async () => {
    const copied = join(folder, 'copied-keys');
    await cp(keys, copied, { recursive: true });
    // Without the signer's memory, as if the second had been set up in secret.
    for (const name of await readdir(copied))
      if (name.startsWith('last-signed-checkpoint')) await rm(join(copied, name));
    const other = await open(copied);
    expect((await write(other, 1)).body.receipt.checkpoint).toBeUndefined();
    const [conflict] = await other.eventually(async () => {
      const events = await other.events('ledger.witness_conflict');
      return events.length >= 2 ? events : null;
    });
    expect(conflict).toMatchObject({ outcome: 'failed' });
    expect(await newest(other)).toBeNull();
    await other.eventually(async () => {
      const events = await other.events('notification.team_alerted');
      const told = events.map(({ detail }) => (detail as { alert: string }).alert);
      return told.includes('ledger.witness_conflict');
    });
    const { body } = await other.get('/health/ready');
    expect(body.degraded).toContain('witness-history');

    // Whoever is shown its signed checkpoint all the same turns it away by the policy.
    const [signed] = await other.database.query<{ note: string }>(
      'SELECT note FROM audit_checkpoints LIMIT 1',
    );
    expect(cosigners(signed!.note)).toEqual([]);
    expect(isQuorumReached(parseWitnessPolicy(policyText).quorum, [])).toBe(false);
  });

  it('publishes with the cosignatures there are where the policy fails open', async () => {
    const ownKeys = join(folder, 'own-keys');
    const closed = witnesses.map(({ line }) => line.replace(/:\d+$/, ':1'));
    await writeFile(join(folder, 'dead'), [...closed, 'quorum north', ''].join('\n'));
    const one = await open(ownKeys, {
      PROBITY_WITNESS_POLICY: join(folder, 'dead'),
      PROBITY_WITNESS_FAILURE: 'open',
    });
    const { body } = await write(one, 8);
    expect(body.receipt.checkpoint).toContain(origin);
  });
});

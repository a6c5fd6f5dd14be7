import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Pool } from 'pg';

import { Admission } from '../../../src/ledger/admission.js';
import { CheckpointSigner } from '../../../src/ledger/checkpoint-signer.js';
import { AuditIndex } from '../../../src/ledger/completeness/audit-index.js';
import { EventRecorder } from '../../../src/ledger/event-record.js';
import { IdempotencyKeys } from '../../../src/ledger/idempotency.js';
import {
  committed,
  hashSourceOf,
  indexCommitted,
  LedgerArchives,
  LedgerRetention,
  type LegalHold,
  LegalHolds,
  PublishedCheckpoints,
  type Receipt,
} from '../../../src/ledger/index.js';
import { PostgresAuditedTransaction } from '../../../src/ledger/postgres-audited-transaction.js';
import { ReceiptSigner } from '../../../src/ledger/receipt-signer.js';
import { SealedLog } from '../../../src/ledger/sealed-log.js';
import { proveConsistency } from '../../../src/ledger/tree/index.js';
import {
  type LedgerVerification,
  verifyLedger,
} from '../../../src/ledger/verification/verify-ledger.js';
import { type CaseId, PersonKeyring, SystemIdSource } from '../../../src/platform/index.js';
import {
  FakeLedgerPolicy,
  type LedgerFixture,
  noteTaken,
  openLedger,
  origin as firstOrigin,
} from '../ledger-fixture.js';

export const year = 365 * 86_400_000;

/** Entries of each of the first partitions. */
export const partition = 512;

/** Ids of another month than this, as the events of another partition have them. */
export class IdsOfMonth extends SystemIdSource {
  /** From this month. */
  months = 0;

  override ordered<Id extends string>(): Id {
    const id = super.ordered<Id>();
    if (this.months === 0) return id;
    const now = new Date();
    const then = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + this.months, 15);
    const at = (then + (now.getTime() % 1_000_000)).toString(16).padStart(12, '0');
    return `${at.slice(0, 8)}-${at.slice(8)}${id.slice(13)}` as Id;
  }
}

export class HoldsOfSpec extends LegalHolds {
  list: LegalHold[] = [];
  /** The look that fails, counted down; a run ends there. */
  failsAt = 0;

  override standing(): Promise<readonly LegalHold[]> {
    this.failsAt -= 1;
    return this.failsAt === 0 ? Promise.reject(new Error('cut off')) : Promise.resolve(this.list);
  }
}

/** A log whose first partitions of entries are small, and what lets them go. */
export class RetentionFixture {
  readonly ids = new IdsOfMonth();
  readonly holds = new HoldsOfSpec();
  readonly directory: string;
  /** Of the log that is recorded, sealed and verified now. */
  origin = firstOrigin;

  private constructor(
    readonly ledger: LedgerFixture,
    readonly reader: Pool,
    readonly folder: string,
  ) {
    this.directory = join(folder, 'archives');
  }

  static async open(): Promise<RetentionFixture> {
    const ledger = await openLedger();
    const folder = await mkdtemp(join(tmpdir(), 'probity-archive-'));
    const reader = new Pool({ connectionString: ledger.database.urls.reader.reveal(), max: 2 });
    // Its last connection may still be closing when the database is dropped.
    reader.on('error', () => undefined);
    await ledger.database.query(
      `
      DROP TABLE audit_entries_000000;
      SELECT create_ledger_partition('audit_entries', 'audit_entries_first', '0', '512');
      SELECT create_ledger_partition('audit_entries', 'audit_entries_second', '512', '1024');
      SELECT create_ledger_partition('audit_entries', 'audit_entries_000000', '1024', '1048576');
    `,
      [],
      'owner',
    );
    return new RetentionFixture(ledger, reader, folder);
  }

  async close(): Promise<void> {
    await this.reader.end();
    await this.ledger.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Beside the keys, where the service has it. */
  get memoryPath(): string {
    return join(this.ledger.keysDirectory, 'last-signed-checkpoint');
  }

  get signer(): CheckpointSigner {
    return new CheckpointSigner(this.ledger.keys, this.origin, { path: this.memoryPath });
  }

  get audited(): PostgresAuditedTransaction {
    const { keys, app, clock } = this.ledger;
    const keyring = new PersonKeyring(keys, this.ids);
    return new PostgresAuditedTransaction(
      app,
      new EventRecorder(keys, keyring, this.ids, clock, new FakeLedgerPolicy()),
      new ReceiptSigner(keys, this.origin),
      new IdempotencyKeys(keys),
      new Admission(),
    );
  }

  /** Records notes as of some years ago, with ids of another month, and seals them. */
  async fill(
    count: number,
    { yearsAgo, months, caseId }: { yearsAgo: number; months: number; caseId?: CaseId },
  ): Promise<Receipt[]> {
    const { months: before } = this.ids;
    this.ids.months = months;
    this.ledger.clock.advance(-yearsAgo * year);
    const receipts = await this.record(count, caseId);
    this.ledger.clock.advance(yearsAgo * year);
    this.ids.months = before;
    await this.seal();
    return receipts;
  }

  async record(count: number, caseId: CaseId | null = null): Promise<Receipt[]> {
    const { audited } = this;
    const made = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        audited.run(this.ledger.actor, () =>
          Promise.resolve(committed({}, noteTaken({ caseId, detail: { text: `note ${n}` } }))),
        ),
      ),
    );
    return made.map(({ receipt }) => receipt);
  }

  async commitToIndex(): Promise<void> {
    const index = new AuditIndex(this.reader);
    await this.audited.run(this.ledger.actor, async (tx) =>
      committed({}, indexCommitted({ detail: await index.advance(tx) })),
    );
    await this.seal();
  }

  async seal(): Promise<void> {
    const client = new Client({ connectionString: this.ledger.database.urls.sealer.reveal() });
    await client.connect();
    const log = await SealedLog.takeOver(client);
    await log.sealBatch(1_000);
    const { treeSize, rootHash } = log;
    const note = await this.signer.sign({ treeSize, rootHash }, (size) =>
      proveConsistency(size, treeSize, hashSourceOf(client)),
    );
    await client.query(
      'INSERT INTO audit_checkpoints VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING',
      [treeSize, rootHash, note],
    );
    await client.end();
  }

  readonly trust = () => ({
    origin: this.origin,
    keys: this.ledger.keys,
    verifiers: this.signer.verifiers(),
  });

  /** Its event is sealed by the spec; a run does not wait for it. */
  retention(): LedgerRetention {
    const { audited, holds, ids, directory, reader, trust } = this;
    return new LedgerRetention({
      ...{ audited, holds, ids, directory, reader, trust },
      app: this.ledger.app,
      clock: this.ledger.clock,
      checkpoints: new PublishedCheckpoints(reader, false),
      sealMillisecondsMax: 0,
    });
  }

  async pruneAll(): Promise<readonly string[]> {
    await this.retention().run();
    await this.seal();
    const { dropped } = await this.retention().run();
    return dropped;
  }

  verify(archivePath: string | null = null): Promise<LedgerVerification> {
    const { signer } = this;
    return verifyLedger({
      connection: this.reader,
      origin: this.origin,
      verifiers: signer.verifiers(),
      macOf: (event) => this.ledger.keys.mac('audit-event', event),
      lastSigned: signer.lastSigned(),
      archives: archivePath === null ? null : new LedgerArchives(archivePath, this.trust()),
    });
  }

  prunings() {
    return this.ledger.database.query(`SELECT FROM audit_events WHERE type = 'ledger.pruned'`);
  }

  async firstEntry(): Promise<number> {
    const [row] = await this.ledger.database.query<{ first: string }>(
      'SELECT min(leaf_index) AS first FROM audit_entries',
    );
    return Number(row?.first);
  }
}

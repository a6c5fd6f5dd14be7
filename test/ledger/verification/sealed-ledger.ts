import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { CheckpointSigner } from '../../../src/ledger/checkpoint-signer.js';
import { committed, type KeptReceipt, parseReceipt } from '../../../src/ledger/index.js';
import { hashSourceOf, type Queryable } from '../../../src/ledger/log-reader.js';
import { SealedLog } from '../../../src/ledger/sealed-log.js';
import {
  appendLeaves,
  emptyFrontier,
  foldHashes,
  formatEntry,
  leafHash,
  noPreviousLeafHash,
  proveConsistency,
  rootOf,
  tileWidth,
} from '../../../src/ledger/tree/index.js';
import {
  type LedgerFixture,
  type LedgerFixtureOptions,
  noteTaken,
  openLedger,
  origin,
} from '../ledger-fixture.js';

/** Statements, or work on the superuser's connection. */
export type Tampering = readonly string[] | (() => Promise<unknown>);

const guarded = ['audit_events', 'audit_entries', 'audit_tiles', 'audit_checkpoints'];
/** What a backup of the log holds. */
const backedUp = [...guarded, 'audit_pending', 'sealer_progress'];

/** A ledger that is sealed and signed on demand, and a superuser who can change all of it. */
export class SealedLedger {
  private constructor(
    readonly ledger: LedgerFixture,
    readonly signer: CheckpointSigner,
    readonly superuser: Client,
    private readonly memory: string,
  ) {}

  static async open(options: LedgerFixtureOptions = {}): Promise<SealedLedger> {
    const ledger = await openLedger(options);
    const memory = await mkdtemp(join(tmpdir(), 'probity-signer-'));
    const signer = new CheckpointSigner(ledger.keys, origin, { path: join(memory, 'signer') });
    const superuser = new Client({ connectionString: ledger.database.urls.superuser.reveal() });
    await superuser.connect();
    return new SealedLedger(ledger, signer, superuser, memory);
  }

  async close(): Promise<void> {
    await this.superuser.end();
    await this.ledger.close();
    await rm(this.memory, { recursive: true, force: true });
  }

  /** Answers what its callers keep: one receipt for each event. */
  async record(count: number, text = 'note'): Promise<KeptReceipt[]> {
    const receipts: KeptReceipt[] = [];
    const { audited, actor } = this.ledger;
    for (let n = 0; n < count; n += 1) {
      const { receipt } = await audited.run(actor, () =>
        Promise.resolve(committed({}, noteTaken({ detail: { text: `${text} ${n}` } }))),
      );
      receipts.push(parseReceipt(JSON.stringify(receipt)));
    }
    return receipts;
  }

  /** Seals what waits, and signs and stores a checkpoint over all. */
  async seal(): Promise<void> {
    const client = new Client({
      connectionString: this.ledger.database.urls.sealer.reveal(),
      pipeline: true,
    });
    await client.connect();
    const log = await SealedLog.takeOver(client);
    await log.sealBatch(1_000);
    const { treeSize, rootHash } = log;
    const note = await this.signer.sign({ treeSize, rootHash }, (size) =>
      proveConsistency(size, treeSize, hashSourceOf(client)),
    );
    await client.query('INSERT INTO audit_checkpoints VALUES ($1, $2, $3, now())', [
      treeSize,
      rootHash,
      note,
    ]);
    await client.end();
  }

  /** Tampers inside a transaction, with the triggers off, looks at it from there, and takes it back. */
  async tampered<Seen>(tampering: Tampering, look: () => Promise<Seen>): Promise<Seen> {
    await this.superuser.query('BEGIN');
    try {
      for (const table of guarded) await this.#disableTriggers(table);
      if (typeof tampering === 'function') await tampering();
      else for (const statement of tampering) await this.superuser.query(statement);
      return await look();
    } finally {
      await this.superuser.query('ROLLBACK');
    }
  }

  async #disableTriggers(table: string): Promise<void> {
    const { rows } = await this.superuser.query<{ name: string }>(
      `SELECT relid::regclass::text AS name FROM pg_partition_tree('${table}')
       UNION SELECT '${table}'`,
    );
    for (const { name } of rows) {
      await this.superuser.query(`ALTER TABLE ${name} DISABLE TRIGGER ALL`);
    }
  }

  /** The superuser's, for readers that ask more than one thing at a time: one connection sees a tampering. */
  get connection(): Queryable {
    let last: Promise<unknown> = Promise.resolve();
    return {
      query: (sql, values) => {
        const answer = last.then(() => this.superuser.query(sql, values));
        last = answer.catch(() => undefined);
        return answer;
      },
    };
  }

  async eventAt(index: number): Promise<string> {
    const { rows } = await this.superuser.query<{ event_id: string }>(
      'SELECT event_id FROM audit_entries WHERE leaf_index = $1',
      [index],
    );
    return rows[0]!.event_id;
  }

  /** Keeps the log as it stands, for `restoreBackup`. */
  async makeBackup(): Promise<void> {
    for (const table of backedUp) {
      await this.superuser.query(`CREATE TEMP TABLE backup_${table} AS TABLE ${table}`);
    }
  }

  /** A tampering: the log is again what it was when the backup was made. */
  readonly restoreBackup: Tampering = async () => {
    for (const table of backedUp) {
      await this.superuser.query(`DELETE FROM ${table}`);
      await this.superuser.query(`INSERT INTO ${table} SELECT * FROM backup_${table}`);
    }
  };

  /**
   * A tampering: all of it anew, as somebody does who knows the format, as if note 17 had always said
   * something else. Answers the root that it leads to.
   */
  readonly rewriteEverything = async (): Promise<Buffer> => {
    await this.superuser.query(`
      UPDATE audit_events SET event = replace(event, 'note 17"', 'note 71"');
      UPDATE audit_events SET event_hash = sha256(convert_to(event, 'UTF8'));`);
    const { rows } = await this.superuser.query<{ event: string }>(
      `SELECT event FROM audit_entries JOIN audit_events ON id = event_id ORDER BY leaf_index`,
    );
    let head = emptyFrontier;
    let previous: Buffer = noPreviousLeafHash;
    const leaves: Buffer[] = [];
    for (const [index, { event }] of rows.entries()) {
      previous = leafHash(formatEntry(index, previous, event));
      leaves.push(previous);
      head = appendLeaves(head, [previous]);
    }
    for (const [index, hash] of leaves.entries()) {
      await this.superuser.query('UPDATE audit_entries SET leaf_hash = $2 WHERE leaf_index = $1', [
        index,
        hash,
      ]);
    }
    const tile = Buffer.concat(leaves.slice(0, tileWidth));
    await this.superuser.query('UPDATE audit_tiles SET hashes = $1, root_hash = $2', [
      tile,
      foldHashes(tile),
    ]);
    await this.superuser.query('UPDATE sealer_progress SET frontier = $1, last_leaf_hash = $2', [
      Buffer.concat(head.hashes),
      previous,
    ]);
    return rootOf(head);
  };
}

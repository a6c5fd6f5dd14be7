import { setTimeout as sleep } from 'node:timers/promises';

import type { DataSource, QueryRunner } from 'typeorm';

import {
  type Clock,
  databaseRoles,
  type KeyStore,
  PersonKeyring,
  serviceActor,
  SystemIdSource,
} from '../../platform/index.js';
import { CheckpointSigner, signHead } from '../checkpoint-signer.js';
import { EventRecorder, type EventRecord } from '../event-record.js';
import type { LedgerPolicy } from '../ledger-policy.port.js';
import { originBegan } from '../ledger.events.js';
import { hashSourceOf, readThrough } from '../log-reader.js';
import { sealerLock } from '../sealer.js';
import { SignerMemory } from '../signer-memory.js';
import {
  type Checkpoint,
  formatVerifierKey,
  noteVerifier,
  openNote,
  parseCheckpoint,
  proveConsistency,
} from '../tree/index.js';
import { claimedOrigin } from './claimed-origin.js';
import { cutLog, firstLeafHash } from './cut-log.js';
import { type EndedLog, EndedLogStore } from './ended-log.js';

/** A server ends a session, and lets go of its lock, a moment after its client has; a busy one later. */
const sessionTriesMax = 15;
const sessionMilliseconds = 200;

/** Nothing was changed; the message is a sentence for the operator. */
export class NewOriginRefused extends Error {
  override readonly name = 'NewOriginRefused';
}

export interface NewOriginParts {
  /** Of the owner's role. */
  readonly database: DataSource;
  readonly keys: KeyStore;
  readonly keysDirectory: string;
  /** File in which the signer remembers what it signed. */
  readonly memoryPath: string;
  readonly policy: LedgerPolicy;
  readonly clock: Clock;
}

export interface BegunLog {
  readonly ended: EndedLog;
  /** Folder in which the ended log is kept. */
  readonly directory: string;
  /** Events that wait to be sealed behind the first entry. */
  readonly waiting: number;
}

interface SignedHead {
  readonly note: string;
  readonly checkpoint: Checkpoint;
}

/**
 * Begins a new log after the old one's tail was lost: the signer signs no shorter log under the old
 * origin, ever. What is left of the old one is kept in files; the new one's first entry names it.
 */
export class NewOrigin {
  readonly #kept: EndedLogStore;
  readonly #ids = new SystemIdSource();

  constructor(private readonly parts: NewOriginParts) {
    this.#kept = new EndedLogStore(parts.keysDirectory);
  }

  /**
   * Killed at any point, it has changed nothing, or finishes when it is called again.
   *
   * @param origin of the new log
   * @param ended origin of the old one
   * @throws NewOriginRefused; EndedLogError where what is kept of the old log is damaged.
   */
  async begin(origin: string, ended: string): Promise<BegunLog> {
    if (origin === ended) throw new NewOriginRefused('The new origin is the old one.');
    const runner = this.parts.database.createQueryRunner();
    try {
      await assertNobodyServes(runner);
      if (claimedOrigin(await newestNote(runner)) !== origin)
        await this.#replace(runner, origin, ended);
      return await this.#finish(runner, origin, ended);
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [sealerLock]);
      await runner.release();
    }
  }

  async #replace(runner: QueryRunner, origin: string, ended: string): Promise<void> {
    for (const used of [origin, ended]) {
      if (await this.#kept.isClosed(used))
        throw new NewOriginRefused(`The log ${used} was ended before; it cannot be used again.`);
    }
    const head = await this.#lastHead(runner, ended);
    const log = this.#describe(head, origin);
    await this.#kept.keep(log, readThrough(runner));
    await runner.startTransaction();
    try {
      const signedAt = this.parts.clock.now();
      const first = await this.#record(runner, log, signedAt);
      const note = signHead(this.parts.keys, {
        origin,
        treeSize: 1,
        rootHash: firstLeafHash(first),
        signedAt,
      });
      await cutLog(runner, first, { note, signedAt });
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  }

  /** The old memory goes aside and the new log is remembered: after this the service may start. */
  async #finish(runner: QueryRunner, origin: string, ended: string): Promise<BegunLog> {
    const log = await this.#kept.find(ended);
    if (log?.successor !== origin)
      throw new NewOriginRefused(`The log is ${origin} already, and did not follow ${ended}.`);
    const { keys, memoryPath, clock } = this.parts;
    const note = await newestNote(runner);
    if (note === null) throw new Error('The new log has no checkpoint');
    const remembered = claimedOrigin(new SignerMemory(memoryPath).read());
    if (remembered === ended) await this.#kept.moveMemory(ended, memoryPath);
    const source = hashSourceOf(readThrough(runner));
    await new CheckpointSigner(keys, origin, { path: memoryPath, clock }).adopt(
      note,
      (first, second) => proveConsistency(first, second, source),
    );
    const rows = (await runner.query('SELECT count(*) AS events FROM audit_pending')) as {
      events: string;
    }[];
    const directory = this.#kept.directoryOf(ended);
    return { ended: log, directory, waiting: Number(rows[0]?.events) };
  }

  /** The larger of what the signer remembers and what the database holds. */
  async #lastHead(runner: QueryRunner, ended: string): Promise<SignedHead> {
    const remembered = new SignerMemory(this.parts.memoryPath).read();
    const stored = await newestNote(runner);
    const newest = remembered ?? stored;
    if (newest === null)
      throw new NewOriginRefused('Nothing was signed yet: there is no log to end.');
    const head = this.#open(newest, ended);
    if (stored === null || claimedOrigin(stored) !== ended) return head;
    const other = this.#open(stored, ended);
    return other.checkpoint.treeSize > head.checkpoint.treeSize ? other : head;
  }

  #open(note: string, origin: string): SignedHead {
    const claimed = claimedOrigin(note);
    if (claimed !== null && claimed !== origin)
      throw new NewOriginRefused(`The log that was signed last is ${claimed}, not ${origin}.`);
    const verifiers = this.#publicKeys().map((key) => noteVerifier(origin, key));
    try {
      return { note, checkpoint: parseCheckpoint(openNote(note, verifiers).text) };
    } catch (error) {
      throw new NewOriginRefused(`The last checkpoint does not verify: ${String(error)}`);
    }
  }

  #describe({ note, checkpoint }: SignedHead, successor: string): EndedLog {
    const { origin, treeSize, rootHash } = checkpoint;
    return {
      v: 1,
      origin,
      treeSize,
      rootHash: rootHash.toString('base64'),
      vkeys: this.#publicKeys().map((key) => formatVerifierKey(origin, key)),
      checkpoint: note,
      successor,
    };
  }

  #record(runner: QueryRunner, log: EndedLog, now: Date): Promise<EventRecord> {
    const { keys, policy, clock } = this.parts;
    const keyring = new PersonKeyring(keys, this.#ids);
    const recorder = new EventRecorder(keys, keyring, this.#ids, clock, policy);
    const actor = serviceActor('ledger-new-origin', this.#ids.random());
    const detail = {
      oldOrigin: log.origin,
      oldSize: log.treeSize,
      oldRoot: log.rootHash,
      oldVkeys: log.vkeys,
    };
    return recorder.record(
      { actor, manager: runner.manager, now, outcome: 'success', problem: null },
      originBegan({ subjectRef: null, detail }),
    );
  }

  #publicKeys(): Uint8Array[] {
    return this.parts.keys.signingKeys('log').map(({ publicKeyBytes }) => publicKeyBytes);
  }
}

/** A sealer that is in fault lets go of its lock between attempts: its connections tell of it then. */
async function assertNobodyServes(runner: QueryRunner): Promise<void> {
  let isLocked = false;
  for (let tries = 0; tries < sessionTriesMax; tries += 1) {
    isLocked ||= await takesLock(runner);
    if (isLocked && !(await hasSessions(runner))) return;
    await sleep(sessionMilliseconds);
  }
  throw new NewOriginRefused('The service is at work on this database; stop every process of it.');
}

async function takesLock(runner: QueryRunner): Promise<boolean> {
  const [row] = (await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [sealerLock])) as {
    locked: boolean;
  }[];
  return row?.locked === true;
}

async function hasSessions(runner: QueryRunner): Promise<boolean> {
  const [row] = (await runner.query(
    `SELECT EXISTS (
       SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename IN ($1, $2)
     ) AS some`,
    [databaseRoles.app, databaseRoles.sealer],
  )) as { some: boolean }[];
  return row?.some === true;
}

async function newestNote(runner: QueryRunner): Promise<string | null> {
  const [row] = (await runner.query(
    'SELECT note FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1',
  )) as { note: string }[];
  return row?.note ?? null;
}

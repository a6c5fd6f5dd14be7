import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Secret } from '../secret.js';
import { locateBinaries, reachableBinaries } from './binaries.js';
import { initialiseCluster, superuserName, type Cluster } from './cluster.js';
import { openCredentials, type Credentials } from './credentials.js';
import { openHome } from './home.js';
import { DataDirectoryInUse, takeOwnership, type Ownership } from './ownership.js';
import {
  ensurePostmaster,
  findPostmaster,
  stopPostmaster,
  type Postmaster,
  type ServerSettings,
} from './postmaster.js';
import { findServerUser } from './server-user.js';

/** A killed owner's connection is seen as closed within this time; who only joins need not wait. */
const patienceMilliseconds = { own: 2_000, join: 300 };
const recoveryAttemptsMax = 60;
const recoveryPauseMilliseconds = 500;

/** What the product's promises rest on stands here explicitly, whatever the default is. */
const safeSettings: ServerSettings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  max_connections: '100',
  timezone: 'UTC',
  // Rows and parameters may hold personal data; the server's log may not.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
};

/** Only for throw-away data: a crash of the machine may lose everything. */
const throwAwaySettings: ServerSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  max_wal_size: '4GB',
};

export interface EmbeddedPostgresOptions {
  readonly dataDirectory: string;
  /**
   * `own`: one service per data folder; a second one is refused. `join`: use the server of a running
   * service, else own it (ledger:verify, demo).
   */
  readonly mode: 'own' | 'join';
  readonly throwAway?: boolean;
  /** Told when the server had to be taken over or started again. */
  readonly onNotice?: (sentence: string) => void;
}

/** A PostgreSQL server of this data folder, and how to reach it. */
export interface EmbeddedPostgres {
  readonly credentials: Credentials;
  readonly port: number;
  /** False where another process owns the server: `close` then leaves it running. */
  readonly owned: boolean;
  /** Address of a database on this server. */
  urlOf(user: string, password: Secret, database: string): Secret;
  /** Stops the server, after the caller has drained and closed its own connections. */
  close(): Promise<void>;
  /** Lets go of the server and leaves it running for whoever takes it next. */
  leave(): Promise<void>;
}

/**
 * Finds or starts the PostgreSQL server of a data folder. A server whose service was killed is
 * taken over as it runs.
 *
 * @throws DataDirectoryInUse where `mode` is `own` and another process serves from the folder.
 */
export async function openEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  const user = await findServerUser();
  const home = await openHome(dataDirectory, user);
  const binaries = await reachableBinaries(await locateBinaries(), user, home);
  const credentials = await openCredentials(dataDirectory);
  const cluster: Cluster = { directory: join(home, 'postgres'), home, binaries, user };
  await initialiseCluster(cluster, credentials.superuser, options.throwAway !== true);

  const server = new Server(cluster, credentials, { ...options, dataDirectory });
  await server.open();
  return server;
}

class Server implements EmbeddedPostgres {
  #postmaster: Postmaster | null = null;
  #ownership: Ownership | null = null;
  #watch: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(
    private readonly cluster: Cluster,
    readonly credentials: Credentials,
    private readonly options: EmbeddedPostgresOptions,
  ) {}

  get port(): number {
    if (this.#postmaster === null) throw new Error('The server is not open');
    return this.#postmaster.port;
  }

  get owned(): boolean {
    return this.#ownership !== null;
  }

  urlOf(user: string, password: Secret, database: string): Secret {
    return new Secret(
      `postgres://${user}:${encodeURIComponent(password.reveal())}@127.0.0.1:${this.port}/${database}`,
    );
  }

  async open(): Promise<void> {
    const orphan = await findPostmaster(this.cluster.directory);
    await this.#startAndOwn();
    if (orphan !== null && this.owned) {
      this.options.onNotice?.(
        `Took over the PostgreSQL server that a stopped process had left running (process ${orphan.pid}).`,
      );
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#ownership === null) return;
    await stopPostmaster(this.cluster.directory);
    await this.#watch;
    // A recovery that was under way may have started it once more.
    await stopPostmaster(this.cluster.directory);
  }

  async leave(): Promise<void> {
    this.#closing = true;
    await this.#ownership?.release();
    await this.#watch;
  }

  async #startAndOwn(preferredPort?: number): Promise<void> {
    const settings = { ...safeSettings, ...(this.options.throwAway ? throwAwaySettings : {}) };
    this.#postmaster = await ensurePostmaster(this.cluster, settings, preferredPort);
    const url = this.urlOf(superuserName, this.credentials.superuser, 'postgres');
    try {
      this.#ownership = await takeOwnership(
        url,
        this.options.dataDirectory,
        patienceMilliseconds[this.options.mode],
      );
    } catch (error) {
      if (this.options.mode === 'join' && error instanceof DataDirectoryInUse) return;
      throw error;
    }
    const { port } = this;
    this.#watch = this.#ownership.ended.then(() => this.#recover(port));
  }

  /** The server went down under us (killed, out of memory): start it again at the same address. */
  async #recover(port: number): Promise<void> {
    for (let attempt = 1; attempt <= recoveryAttemptsMax && !this.#closing; attempt += 1) {
      try {
        await this.#startAndOwn(port);
        this.options.onNotice?.('PostgreSQL had ended and was started again.');
        return;
      } catch (error) {
        if (attempt === recoveryAttemptsMax) {
          this.options.onNotice?.(`PostgreSQL ended and does not start again: ${String(error)}`);
        }
        await sleep(recoveryPauseMilliseconds);
      }
    }
  }
}

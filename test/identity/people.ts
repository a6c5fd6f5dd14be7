import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { generate } from 'otplib';

import { AuthorityModule } from '../../src/authority/index.js';
import { CoreBanking } from '../../src/banking/index.js';
import { IdentityModule } from '../../src/identity/index.js';
import { LedgerModule } from '../../src/ledger/index.js';
import { NotificationRelay, NotificationsModule } from '../../src/notifications/index.js';
import {
  createHttpApp,
  FileKeyStore,
  JobQueue,
  loadConfig,
  PlatformModule,
  ServiceLog,
  SimulatedClock,
} from '../../src/platform/index.js';
import { PolicyModule } from '../../src/policy/index.js';
import { PrivacyModule } from '../../src/privacy/index.js';
import { VerificationModule } from '../../src/verification/index.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { FakeCoreBanking, type FakeCustomer } from '../support/fakes/fake-core-banking.js';

/** An answer over HTTP; what its body holds is what a spec asserts. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the wire is untyped
  readonly body: any;
}

export interface Call {
  readonly token?: string;
  readonly body?: unknown;
  /** Which instance answers; the first where absent. */
  readonly instance?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export const jane = { customerNumber: '100001', passcode: '246810', phone: '+14155550134' };
export const juan = { customerNumber: '100002', passcode: '135791', phone: '+14155550178' };

/** A customer of the fake bank with the token of their session. */
export interface SignedIn extends FakeCustomer {
  readonly phone: string;
  readonly email: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** A customer or guest with the token of their session. */
export interface Person {
  readonly token: string;
  readonly refreshToken: string;
}

export interface OutboxMessage {
  readonly id: string;
  readonly text: string;
  readonly channel: string;
  readonly destination: string;
}

export interface AuditRow {
  readonly type: string;
  readonly outcome: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the ledger's JSON, asserted by the spec
  readonly event: any;
}

interface Instance {
  readonly app: NestFastifyApplication;
  readonly url: string;
}

/** The contexts up to verification, over HTTP, on a database of their own and a bank that can fall silent. */
export class People {
  readonly #instances: Instance[] = [];
  #customers = 0;
  #eventsSeen = '00000000-0000-0000-0000-000000000000';

  private constructor(
    readonly database: TestDatabase,
    readonly bank: FakeCoreBanking,
    readonly clock: SimulatedClock,
    private readonly directory: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async open(
    options: { instances?: number; env?: Record<string, string> } = {},
  ): Promise<People> {
    const database = await openTestDatabase();
    const directory = await mkdtemp(join(tmpdir(), 'probity-people-'));
    const bank = new FakeCoreBanking();
    bank.add(jane);
    bank.add(juan);
    const people = new People(database, bank, new SimulatedClock(), directory, options.env ?? {});
    for (let count = 0; count < (options.instances ?? 1); count += 1) await people.#start();
    return people;
  }

  /** Begins a spec of its own: what the ledger has until now is not looked at. */
  async turnPage(): Promise<void> {
    const [row] = await this.database.query<{ id: string }>(
      'SELECT id FROM audit_events ORDER BY id DESC LIMIT 1',
    );
    this.#eventsSeen = row?.id ?? this.#eventsSeen;
  }

  /** Somebody whom the bank knows and nobody else does yet. */
  newCustomer(): FakeCustomer & { readonly phone: string; readonly email: string } {
    this.#customers += 1;
    const digits = String(this.#customers).padStart(4, '0');
    const customer = {
      customerNumber: `20${digits}`,
      passcode: `13${digits}`,
      phone: `+1415556${digits}`,
      email: `customer${digits}@example.com`,
    };
    this.bank.add(customer);
    return customer;
  }

  async newSession(): Promise<SignedIn> {
    const customer = this.newCustomer();
    return { ...customer, ...(await this.signIn(customer)) };
  }

  get app(): NestFastifyApplication {
    return this.#instances[0]!.app;
  }

  get apps(): readonly NestFastifyApplication[] {
    return this.#instances.map(({ app }) => app);
  }

  /** Ends every instance and starts so many anew, on the same data. */
  async restart(instances = 1): Promise<void> {
    await this.#stop();
    for (let count = 0; count < instances; count += 1) await this.#start();
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.database.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  async call(
    method: string,
    path: string,
    { token, body, instance = 0, headers }: Call = {},
  ): Promise<Reply> {
    const response = await fetch(this.#instances[instance]!.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : (JSON.parse(text) as unknown),
    };
  }

  post(path: string, body: unknown, token?: string): Promise<Reply> {
    return this.call('POST', path, { body, ...(token === undefined ? {} : { token }) });
  }

  /** A form, as OAuth's token endpoint reads them. */
  async postForm(path: string, parameters: Record<string, string>): Promise<Reply> {
    const response = await fetch(this.#instances[0]!.url + path, {
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const body = await response.json();
    return { status: response.status, headers: response.headers, body };
  }

  get(path: string, token?: string): Promise<Reply> {
    return this.call('GET', path, token === undefined ? {} : { token });
  }

  async signIn({
    customerNumber,
    passcode,
  }: Pick<typeof jane, 'customerNumber' | 'passcode'>): Promise<Person> {
    const { body } = await this.post('/v1/customer-sessions', { customerNumber, passcode });
    return { token: body.accessToken as string, refreshToken: body.refreshToken as string };
  }

  /** The same session with fresh tokens: a token lasts five minutes, a session as long as it is used. */
  async refreshed<Someone extends Person>(someone: Someone): Promise<Someone> {
    const { refreshToken } = someone;
    const { body } = await this.post('/v1/customer-sessions/refresh', { refreshToken });
    return {
      ...someone,
      token: body.accessToken as string,
      refreshToken: body.refreshToken as string,
    };
  }

  /** Signs demo staff in with password and the code of this moment. */
  async signInStaff(name: string): Promise<Reply> {
    const { mfaToken, totpSecret } = await this.beginStaff(name);
    return this.post('/v1/staff-sessions/mfa', { mfaToken, code: await this.totp(totpSecret) });
  }

  /** The way up to the second factor. */
  async beginStaff(name: string): Promise<{ mfaToken: string; totpSecret: string }> {
    const { email, password, totpSecret } = await this.demoStaff(name);
    const { body } = await this.post('/v1/staff-sessions', { email, password });
    return { mfaToken: body.mfaToken as string, totpSecret };
  }

  async demoStaff(name: string): Promise<{ email: string; password: string; totpSecret: string }> {
    const { body } = await this.get('/dev/staff');
    const items = body.items as { email: string; password: string; totpSecret: string }[];
    return items.find(({ email }) => email === `${name}@probity.example`)!;
  }

  totp(secret: string, stepsFromNow = 0): Promise<string> {
    const epoch = Math.floor(this.clock.now().getTime() / 1000) + stepsFromNow * 30;
    return generate({ secret, algorithm: 'sha1', digits: 6, period: 30, epoch });
  }

  /** What a phone received, newest first. */
  async outbox(destination: string): Promise<OutboxMessage[]> {
    await Promise.all(this.apps.map((app) => app.get(NotificationRelay).deliverDue()));
    const { body } = await this.get(`/dev/outbox?destination=${encodeURIComponent(destination)}`);
    return body.items as OutboxMessage[];
  }

  async newestCode(destination: string): Promise<string> {
    const codes = (await this.outbox(destination)).map(({ text }) => /#(\d{6})$/.exec(text)?.[1]);
    return codes.find((code) => code !== undefined)!;
  }

  /** The newest code of one challenge, once it arrived: another message may come in between. */
  async codeOf(challengeId: string, destination: string): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const arrived = await this.outbox(destination);
      const sent = await this.database.query<{ id: string }>(
        'SELECT id FROM notifications WHERE challenge_id = $1',
        [challengeId],
      );
      const message = arrived.find(({ id }) => sent.some((other) => other.id === id));
      const code = /#(\d{6})$/.exec(message?.text ?? '')?.[1];
      if (code !== undefined) return code;
      await sleep(50);
    }
    throw new Error('No code arrived for the challenge');
  }

  /** Does what is due by the clock. */
  runJobs(instance = 0): Promise<void> {
    return this.#instances[instance]!.app.get(JobQueue).runDue();
  }

  /** Audit events since the page was turned, oldest first; those whose type begins so. */
  async events(prefix = ''): Promise<AuditRow[]> {
    const rows = await this.database.query<{ type: string; outcome: string; event: string }>(
      `SELECT type, outcome, event FROM audit_events WHERE type LIKE $1 AND id > $2 ORDER BY id`,
      [`${prefix}%`, this.#eventsSeen],
    );
    return rows.map((row) => ({ ...row, event: JSON.parse(row.event) as unknown }));
  }

  async #start(): Promise<void> {
    const config = loadConfig({
      ...this.database.env,
      PROBITY_DATA_DIR: this.directory,
      PORT: '0',
      LOG_LEVEL: 'silent',
      ...this.env,
    });
    const keys = await FileKeyStore.open({
      directory: config.keysDirectory,
      masterKey: null,
      production: false,
      clock: this.clock,
    });
    const imports = [
      PlatformModule.forRoot({
        config,
        urls: config.externalDatabase!,
        keys,
        clock: this.clock,
        log: new ServiceLog({ level: 'silent' }),
      }),
      ...rooms,
      bankModule(this.bank),
    ];
    const app = await createHttpApp({ module: class TestModule {}, imports }, config);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.getHttpServer().address() as { port: number };
    this.#instances.push({ app, url: `http://127.0.0.1:${String(port)}` });
  }

  async #stop(): Promise<void> {
    for (const { app } of this.#instances.splice(0)) await app.close();
  }
}

/** The rooms between platform and verification. */
const rooms = [
  LedgerModule,
  PolicyModule,
  AuthorityModule,
  PrivacyModule,
  NotificationsModule,
  IdentityModule,
  VerificationModule,
];

function bankModule(bank: FakeCoreBanking): DynamicModule {
  return {
    module: FakeBankModule,
    providers: [{ provide: CoreBanking, useValue: bank }],
    exports: [CoreBanking],
  };
}

@Global()
@Module({})
class FakeBankModule {}

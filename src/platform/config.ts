import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { loadEnvFile } from 'node:process';

import {
  type DeliverySettings,
  faultsOfDelivery,
  toDeliverySettings,
} from './delivery-settings.js';
import { environmentSchema, type Environment } from './environment.js';
import type { Secret } from './secret.js';

export type Profile = Environment['PROBITY_PROFILE'];
export type LogLevel = Environment['LOG_LEVEL'];

/** Addresses of the databases, one per role; `owner` only where migrations are to run at start. */
export interface DatabaseUrls {
  readonly app: Secret;
  readonly sealer: Secret;
  readonly reader: Secret;
  readonly owner: Secret | null;
  readonly bank: Secret;
}

export interface DatabaseLimits {
  readonly poolSizes: Readonly<Record<'app' | 'reader' | 'sealer' | 'bank', number>>;
  readonly connectTimeoutMilliseconds: number;
  readonly statementTimeoutMilliseconds: number;
  readonly idleTransactionTimeoutMilliseconds: number;
}

/** The company's OpenID Connect provider and this service as its client. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** One of the two. */
  readonly clientSecret: Secret | null;
  readonly privateKey: {
    readonly file: string;
    readonly algorithm: Environment['PROBITY_OIDC_PRIVATE_KEY_ALGORITHM'];
  } | null;
}

/** Every setting of the service, checked. Injected by this class; made by `loadConfig` only. */
export class Config {
  readonly profile!: Profile;
  readonly host!: string;
  readonly port!: number;
  /** Absolute path. */
  readonly dataDirectory!: string;
  /** Absolute path. */
  readonly keysDirectory!: string;
  /** Absolute path of the folder that archives of the ledger go to; null where nothing may leave. */
  readonly archiveDirectory!: string | null;
  /** Folder or `s3://` address that the log is published to; null where nobody said so. */
  readonly publishedLog!: string | null;
  readonly simulation!: boolean;
  readonly devRoutes!: boolean;
  readonly demoAccounts!: boolean;
  /** Null: the embedded server under the data folder. */
  readonly externalDatabase!: DatabaseUrls | null;
  readonly databaseLimits!: DatabaseLimits;
  /** 32 bytes in base64; null only in development, where the key store makes its own. */
  readonly masterKey!: Secret | null;
  /** Set while the master key is being replaced. */
  readonly nextMasterKey!: Secret | null;
  readonly logOrigin!: string;
  /** Absolute path; null where nobody is asked to cosign. */
  readonly witnessPolicyFile!: string | null;
  /** Whether a checkpoint without its quorum stays unpublished. */
  readonly witnessFailure!: Environment['PROBITY_WITNESS_FAILURE'];
  readonly witnessIntervalMilliseconds!: number;
  readonly witnessTimeoutMilliseconds!: number;
  /** Absolute path of the list of trusted issuers of bank assertions; null for none. */
  readonly assertionIssuersFile!: string | null;
  /** Issuer of access tokens (RFC 8414 §2); no slash at its end. */
  readonly issuer!: string;
  /** Domain that one-time codes are bound to. */
  readonly codeDomain!: string;
  /** Mail domain of the bank's teams. */
  readonly teamDomain!: string;
  /** Addresses and CIDR networks. */
  readonly trustedProxies!: readonly string[];
  /** Null: staff sign in with password and code. */
  readonly oidc!: OidcSettings | null;
  /** Page that opens links to staff, without a slash at its end. */
  readonly staffUrl!: string;
  readonly logLevel!: LogLevel;
  readonly delivery!: DeliverySettings;
  readonly shutdownTimeoutMilliseconds!: number;
}

/** The environment does not make a configuration; `faults` names everything that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
  }
}

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** The process's environment, with `.env` of the working directory below it. */
export function readEnvironment(): EnvironmentVariables {
  if (existsSync('.env')) loadEnvFile('.env');
  return process.env;
}

/**
 * Parses the environment; an empty variable counts as absent.
 *
 * @throws ConfigError that lists every fault at once.
 */
export function loadConfig(variables: EnvironmentVariables): Config {
  const present = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(present);
  const faults = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
    ...findContradictions(parsed.data ?? parseWhatCan(present)),
  ];
  if (faults.length > 0 || parsed.data === undefined) throw new ConfigError(faults);
  return Object.assign(new Config(), toConfig(parsed.data));
}

/** The rules between settings are judged on the good ones even while others are faulty. */
function parseWhatCan(present: EnvironmentVariables): Partial<Environment> {
  const entries = Object.entries(environmentSchema.shape).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(present[name]);
    return parsed.success ? [[name, parsed.data] as const] : [];
  });
  return Object.fromEntries(entries);
}

type Contradiction = readonly [isFault: boolean, sentence: string];

function findContradictions(environment: Partial<Environment>): readonly string[] {
  const contradictions = [
    ...contradictionsOfDatabase(environment),
    ...contradictionsOfDevelopment(environment),
    ...faultsOfDelivery(environment),
    ...contradictionsOfOidc(environment),
    ...(environment.PROBITY_PROFILE === 'production'
      ? contradictionsOfProduction(environment)
      : []),
  ];
  return contradictions.filter(([isFault]) => isFault).map(([, sentence]) => sentence);
}

function contradictionsOfDatabase(environment: Partial<Environment>): readonly Contradiction[] {
  const others = ['DATABASE_SEALER_URL', 'DATABASE_READER_URL', 'BANK_DATABASE_URL'] as const;
  const isExternal = environment.DATABASE_URL !== undefined;
  return [
    ...others.map((name): Contradiction => [
      isExternal && environment[name] === undefined,
      `${name} is missing: DATABASE_URL needs it beside (\`npm run db:setup\` prints all of them)`,
    ]),
    ...[...others, 'DATABASE_OWNER_URL' as const].map((name): Contradiction => [
      !isExternal && environment[name] !== undefined,
      `${name} stands without DATABASE_URL`,
    ]),
  ];
}

function contradictionsOfDevelopment(environment: Partial<Environment>): readonly Contradiction[] {
  return [
    [
      environment.PROBITY_DEV_ROUTES === true &&
        environment.PROBITY_PROFILE === 'development' &&
        environment.HOST !== undefined &&
        !isLoopback(environment.HOST),
      'PROBITY_DEV_ROUTES needs a loopback HOST such as 127.0.0.1',
    ],
  ];
}

function contradictionsOfOidc(environment: Partial<Environment>): readonly Contradiction[] {
  const { PROBITY_OIDC_ISSUER: issuer, PROBITY_OIDC_REDIRECT_URI: redirectUri } = environment;
  const credentials = [
    environment.PROBITY_OIDC_CLIENT_SECRET,
    environment.PROBITY_OIDC_PRIVATE_KEY_FILE,
  ].filter((value) => value !== undefined);
  if (issuer === undefined) {
    const named = environment.PROBITY_OIDC_CLIENT_ID !== undefined || credentials.length > 0;
    return [
      [named, 'PROBITY_OIDC_CLIENT_ID and its credentials stand without PROBITY_OIDC_ISSUER'],
    ];
  }
  return [
    [environment.PROBITY_OIDC_CLIENT_ID === undefined, 'PROBITY_OIDC_CLIENT_ID is missing'],
    [redirectUri === undefined, 'PROBITY_OIDC_REDIRECT_URI is missing'],
    [
      credentials.length !== 1,
      'PROBITY_OIDC_ISSUER needs one of PROBITY_OIDC_CLIENT_SECRET and PROBITY_OIDC_PRIVATE_KEY_FILE',
    ],
    [
      environment.PROBITY_PROFILE === 'production' && !issuer.startsWith('https:'),
      'PROBITY_OIDC_ISSUER: production speaks to a provider over https:// only',
    ],
  ];
}

function contradictionsOfProduction(environment: Partial<Environment>): readonly Contradiction[] {
  return [
    [
      environment.PROBITY_DEMO_ACCOUNTS === true,
      'PROBITY_DEMO_ACCOUNTS: production has no demo accounts',
    ],
    [
      environment.PROBITY_MASTER_KEY === undefined,
      'PROBITY_MASTER_KEY is missing: production does not run on a development key',
    ],
    [
      environment.PROBITY_ALLOW_SANDBOX_BANK === false,
      'PROBITY_ALLOW_SANDBOX_BANK: production refuses the sandbox bank unless this is true',
    ],
    [environment.PROBITY_DEV_ROUTES === true, 'PROBITY_DEV_ROUTES: production has no dev routes'],
    [
      environment.PROBITY_ISSUER?.startsWith('http:') === true,
      'PROBITY_ISSUER: production has an address that begins with https://',
    ],
    [
      environment.PROBITY_SIMULATION === true,
      'PROBITY_SIMULATION: production has no simulated clock',
    ],
    [
      environment.DATABASE_URL === undefined,
      'DATABASE_URL is missing: production does not run on the embedded database',
    ],
  ];
}

/** Whether only programs of this machine can reach an address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function toConfig(environment: Environment): Config {
  const dataDirectory = resolve(environment.PROBITY_DATA_DIR);
  const isDevelopment = environment.PROBITY_PROFILE === 'development';
  return {
    profile: environment.PROBITY_PROFILE,
    host: environment.HOST,
    port: environment.PORT,
    dataDirectory,
    keysDirectory: resolve(environment.PROBITY_KEYS_DIR ?? join(dataDirectory, 'keys')),
    archiveDirectory: environment.PROBITY_ARCHIVE_DIR
      ? resolve(environment.PROBITY_ARCHIVE_DIR)
      : null,
    publishedLog: environment.PROBITY_PUBLISHED_LOG ?? null,
    simulation: environment.PROBITY_SIMULATION,
    devRoutes: environment.PROBITY_DEV_ROUTES ?? (isDevelopment && isLoopback(environment.HOST)),
    demoAccounts: environment.PROBITY_DEMO_ACCOUNTS ?? isDevelopment,
    externalDatabase: toDatabaseUrls(environment),
    databaseLimits: toDatabaseLimits(environment),
    masterKey: environment.PROBITY_MASTER_KEY ?? null,
    nextMasterKey: environment.PROBITY_NEXT_MASTER_KEY ?? null,
    logOrigin: environment.PROBITY_LOG_ORIGIN,
    ...toWitnessing(environment),
    issuer: environment.PROBITY_ISSUER,
    codeDomain: environment.PROBITY_CODE_DOMAIN ?? new URL(environment.PROBITY_ISSUER).hostname,
    teamDomain: environment.PROBITY_TEAM_DOMAIN ?? new URL(environment.PROBITY_ISSUER).hostname,
    assertionIssuersFile: environment.PROBITY_ASSERTION_ISSUERS
      ? resolve(environment.PROBITY_ASSERTION_ISSUERS)
      : null,
    trustedProxies: environment.PROBITY_TRUSTED_PROXIES,
    oidc: toOidcSettings(environment),
    staffUrl: environment.PROBITY_STAFF_URL.replace(/\/+$/, ''),
    logLevel: environment.LOG_LEVEL,
    delivery: toDeliverySettings(environment),
    shutdownTimeoutMilliseconds: environment.SHUTDOWN_TIMEOUT_MS,
  };
}

function toWitnessing(
  environment: Environment,
): Pick<Config, Extract<keyof Config, `witness${string}`>> {
  const policyFile = environment.PROBITY_WITNESS_POLICY;
  return {
    witnessPolicyFile: policyFile === undefined ? null : resolve(policyFile),
    witnessFailure: environment.PROBITY_WITNESS_FAILURE,
    witnessIntervalMilliseconds: environment.PROBITY_WITNESS_INTERVAL_MS,
    witnessTimeoutMilliseconds: environment.PROBITY_WITNESS_TIMEOUT_MS,
  };
}

function toOidcSettings(environment: Environment): OidcSettings | null {
  const {
    PROBITY_OIDC_ISSUER: issuer,
    PROBITY_OIDC_CLIENT_ID: clientId,
    PROBITY_OIDC_REDIRECT_URI: redirectUri,
    PROBITY_OIDC_PRIVATE_KEY_FILE: file,
    PROBITY_OIDC_PRIVATE_KEY_ALGORITHM: algorithm,
  } = environment;
  if (issuer === undefined || clientId === undefined || redirectUri === undefined) return null;
  return {
    issuer,
    clientId,
    redirectUri,
    clientSecret: environment.PROBITY_OIDC_CLIENT_SECRET ?? null,
    privateKey: file === undefined ? null : { file: resolve(file), algorithm },
  };
}

function toDatabaseUrls(environment: Environment): DatabaseUrls | null {
  const {
    DATABASE_URL: app,
    DATABASE_SEALER_URL: sealer,
    DATABASE_READER_URL: reader,
    BANK_DATABASE_URL: bank,
    DATABASE_OWNER_URL: owner,
  } = environment;
  if (!app || !sealer || !reader || !bank) return null;
  return { app, sealer, reader, bank, owner: owner ?? null };
}

function toDatabaseLimits(environment: Environment): DatabaseLimits {
  return {
    poolSizes: {
      app: environment.DATABASE_POOL_SIZE,
      reader: environment.DATABASE_READER_POOL_SIZE,
      sealer: environment.DATABASE_SEALER_POOL_SIZE,
      bank: environment.BANK_DATABASE_POOL_SIZE,
    },
    connectTimeoutMilliseconds: environment.DATABASE_CONNECT_TIMEOUT_MS,
    statementTimeoutMilliseconds: environment.DATABASE_STATEMENT_TIMEOUT_MS,
    idleTransactionTimeoutMilliseconds: environment.DATABASE_IDLE_TRANSACTION_TIMEOUT_MS,
  };
}

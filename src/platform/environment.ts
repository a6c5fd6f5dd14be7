import { isIP } from 'node:net';

import { z } from 'zod';

import { Secret } from './secret.js';

const MASTER_KEY_BYTES = 32;

/** Messages never repeat the value: a mistyped key would end up in a log. */
const required = (message: string) => ({ error: message });

const text = () => z.string().min(1);
const truth = () => z.enum(['true', 'false'], required('must be true or false'));
const flag = (fallback: boolean) =>
  truth()
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true');
const optionalFlag = () =>
  truth()
    .optional()
    .transform((value) => (value === undefined ? undefined : value === 'true'));
const integer = (fallback: number, min: number, max: number) =>
  z
    .string()
    .refine((value) => /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number)
    .prefault(String(fallback));
const addressOf = (...protocols: readonly string[]) =>
  text().refine((value) => protocols.includes(protocolOf(value)), {
    error: `must be an address that begins with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });
/** A name of the DNS (RFC 1123 §2.1), no address. */
const domain = () =>
  text()
    .regex(
      /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}$/,
      required('must be the name of a domain in lower case'),
    )
    .optional();
const secretAddress = (...protocols: readonly string[]) =>
  addressOf(...protocols)
    .transform((value) => new Secret(value))
    .optional();
const databaseUrl = () => secretAddress('postgres:', 'postgresql:');

const masterKey = () =>
  z
    .base64(required('must be 32 bytes in base64'))
    .refine((value) => Buffer.from(value, 'base64').length === MASTER_KEY_BYTES, {
      error: 'must be 32 bytes in base64',
    })
    .transform((value) => new Secret(value))
    .optional();

function protocolOf(value: string): string {
  return URL.canParse(value) ? new URL(value).protocol : '';
}

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return (
    prefix === undefined ||
    (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  );
}

/**
 * Every setting of the service, by the name of its variable. The description becomes the line above
 * it in `.env.example`.
 */
export const environmentSchema = z.object({
  HOST: text().default('127.0.0.1').meta({ description: 'Address to listen on.' }),
  PORT: integer(3000, 0, 65_535).meta({ description: 'Port to listen on; 0 takes a free one.' }),
  PROBITY_PROFILE: z
    .enum(['development', 'production'], required('must be development or production'))
    .default('development')
    .meta({
      description: 'development or production; production refuses everything made for trying out.',
    }),
  PROBITY_DATA_DIR: text()
    .default('.data')
    .meta({ description: 'Folder of the embedded database, the keys and the signer.' }),
  PROBITY_SIMULATION: flag(false).meta({
    description: 'true gives POST /simulation/clock/advance; development only.',
  }),
  PROBITY_DEV_ROUTES: optionalFlag().meta({
    description:
      'true or false; by default on in development on a loopback HOST, and only there allowed.',
  }),
  PROBITY_DEMO_ACCOUNTS: optionalFlag().meta({
    description:
      'true or false; demo staff and demo customers, by default on in development, never in production.',
  }),

  DATABASE_URL: databaseUrl().meta({
    description:
      'External PostgreSQL 15 or later, role probity_app. Without it an embedded server is used.',
  }),
  DATABASE_SEALER_URL: databaseUrl().meta({
    description: 'The same database, role probity_sealer.',
  }),
  DATABASE_READER_URL: databaseUrl().meta({
    description: 'The same database, role probity_reader.',
  }),
  DATABASE_OWNER_URL: databaseUrl().meta({
    description:
      'The same database, role probity_owner. Optional: with it, migrations run at start.',
  }),
  BANK_DATABASE_URL: databaseUrl().meta({ description: "The sandbox bank's own database." }),
  DATABASE_POOL_SIZE: integer(20, 2, 500).meta({
    description: 'Connections of the application role.',
  }),
  DATABASE_READER_POOL_SIZE: integer(8, 1, 500).meta({
    description: 'Connections of the reader role.',
  }),
  DATABASE_SEALER_POOL_SIZE: integer(3, 2, 20).meta({
    description: 'Connections of the sealer role.',
  }),
  BANK_DATABASE_POOL_SIZE: integer(8, 1, 100).meta({
    description: "Connections to the sandbox bank's database.",
  }),
  DATABASE_CONNECT_TIMEOUT_MS: integer(3_000, 100, 60_000).meta({
    description: 'Wait for a connection, in milliseconds.',
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: integer(10_000, 100, 600_000).meta({
    description: 'Longest statement, in milliseconds.',
  }),
  DATABASE_IDLE_TRANSACTION_TIMEOUT_MS: integer(15_000, 1_000, 600_000).meta({
    description: 'Longest pause inside a transaction, in milliseconds.',
  }),

  PROBITY_ALLOW_SANDBOX_BANK: flag(false).meta({
    description: 'true lets production run on the sandbox bank.',
  }),
  PROBITY_KEYS_DIR: text()
    .optional()
    .meta({ description: 'Folder of the key store; by default keys under PROBITY_DATA_DIR.' }),
  PROBITY_ARCHIVE_DIR: text().optional().meta({
    description:
      'Folder that archives of expired ledger entries are written to; without it nothing leaves the database.',
  }),
  PROBITY_PUBLISHED_LOG: text().optional().meta({
    description:
      'Where npm run ledger:publish keeps the log, a folder or s3://bucket/prefix; the daily review looks how far it is.',
  }),
  PROBITY_MASTER_KEY: masterKey().meta({
    description:
      'Key-encryption key, 32 random bytes in base64 (openssl rand -base64 32). Development makes one of its own.',
  }),
  PROBITY_NEXT_MASTER_KEY: masterKey().meta({
    description:
      'The master key that is to replace PROBITY_MASTER_KEY; set for the time of `npm run keys:rotate -- master` only.',
  }),
  PROBITY_LOG_ORIGIN: text()
    .regex(/^[^\s+]{1,200}$/, required('must be a name without spaces and plus signs'))
    .default('probity.example/ledger')
    .meta({ description: 'Origin of the audit log, part of every checkpoint and receipt.' }),
  PROBITY_WITNESS_POLICY: text().optional().meta({
    description:
      'File that names the witnesses of the audit log and their quorum (C2SP tlog-policy); without it nobody is asked.',
  }),
  PROBITY_WITNESS_FAILURE: z
    .enum(['closed', 'open'], required('must be closed or open'))
    .default('closed')
    .meta({
      description:
        'closed or open: whether a checkpoint without its quorum of witnesses stays unpublished.',
    }),
  PROBITY_WITNESS_INTERVAL_MS: integer(1_000, 50, 600_000).meta({
    description:
      'Pause between two checkpoints that witnesses are asked to cosign, in milliseconds.',
  }),
  PROBITY_WITNESS_TIMEOUT_MS: integer(3_000, 100, 60_000).meta({
    description: 'Longest wait for the answer of a witness, in milliseconds.',
  }),

  PROBITY_ASSERTION_ISSUERS: text().optional().meta({
    description:
      "File (YAML) that names the bank's login services whose assertions sign customers in; see docs/keys-and-tokens.md.",
  }),
  PROBITY_ISSUER: addressOf('https:', 'http:')
    .refine((value) => !/[/?#]$/.test(value) && !/[?#]/.test(value), {
      error: 'must not end in a slash nor hold a query',
    })
    .default('https://probity.example')
    .meta({
      description:
        'Address under which clients reach the service: issuer of its tokens, base of its OAuth metadata; https in production.',
    }),
  PROBITY_CODE_DOMAIN: domain().meta({
    description:
      'Domain that phones fill a code in on (the last line of its message); without it that of PROBITY_ISSUER.',
  }),
  PROBITY_TEAM_DOMAIN: domain().meta({
    description:
      "Mail domain of the bank's teams, as in security@…; without it that of PROBITY_ISSUER.",
  }),
  PROBITY_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .refine((parts) => parts.every(isNetwork), {
      error: 'must be addresses or networks, separated by commas',
    })
    .meta({
      description:
        'Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas.',
    }),
  PROBITY_OIDC_ISSUER: addressOf('https:', 'http:').optional().meta({
    description:
      "Issuer of the company's OpenID Connect provider; with it, staff sign in there and passwords are for break-glass roles only.",
  }),
  PROBITY_OIDC_CLIENT_ID: text().optional().meta({
    description: 'Client id at the provider.',
  }),
  PROBITY_OIDC_CLIENT_SECRET: text()
    .transform((value) => new Secret(value))
    .optional()
    .meta({ description: 'Client secret at the provider; or the key file below.' }),
  PROBITY_OIDC_PRIVATE_KEY_FILE: text().optional().meta({
    description: 'PEM file (PKCS #8) of the key that signs client assertions (private_key_jwt).',
  }),
  PROBITY_OIDC_PRIVATE_KEY_ALGORITHM: z
    .enum(['ES256', 'PS256', 'RS256', 'EdDSA'], required('must be ES256, PS256, RS256 or EdDSA'))
    .default('ES256')
    .meta({ description: 'Algorithm of that key.' }),
  PROBITY_OIDC_REDIRECT_URI: addressOf('https:', 'http:').optional().meta({
    description: 'Where the provider sends staff back to: the page that finishes the sign-in.',
  }),
  PROBITY_STAFF_URL: addressOf('https:', 'http:').default('http://127.0.0.1:3000/staff').meta({
    description:
      'Page that opens the links in e-mails to staff; the token follows as a fragment, which no server sees.',
  }),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      required('must be trace, debug, info, warn, error, fatal or silent'),
    )
    .default('info')
    .meta({ description: 'trace, debug, info, warn, error, fatal or silent.' }),
  SMTP_URL: secretAddress('smtp:', 'smtps:').meta({
    description:
      'Mail server, smtp://user:password@host:587 (STARTTLS) or smtps://…; without one, mail is not sent.',
  }),
  SMTP_FROM: z
    .email(required('must be one mailbox, name@host'))
    .optional()
    .meta({ description: 'Mailbox in whose name mail is sent; in production SMTP_URL needs it.' }),
  SMTP_ALLOW_PLAINTEXT: optionalFlag().meta({
    description:
      'true or false; whether a mail server without TLS is spoken to, by default in development only.',
  }),
  SMS_API_URL: addressOf('https:', 'http:').optional().meta({
    description:
      'Base address of a Messages API for text messages, its version included; needs the three below.',
  }),
  SMS_ACCOUNT: text()
    .regex(/^[\w-]{1,100}$/, required('must be letters, digits, underscores and hyphens'))
    .optional()
    .meta({ description: 'Account at the carrier of text messages.' }),
  SMS_AUTH_TOKEN: text()
    .transform((value) => new Secret(value))
    .optional()
    .meta({ description: 'Secret of that account; the carrier signs its reports with it.' }),
  SMS_FROM: text()
    .regex(/^[+\w -]{1,40}$/, required('must be a number or the name of a sender'))
    .optional()
    .meta({ description: 'Number or sender that text messages come from.' }),
  PUBLIC_URL: addressOf('https:', 'http:').optional().meta({
    description:
      'Where the world reaches this service; with it carriers report what became of a message.',
  }),
  SHUTDOWN_TIMEOUT_MS: integer(10_000, 100, 300_000).meta({
    description: 'Longest drain after SIGINT or SIGTERM, in milliseconds.',
  }),
});

export type Environment = z.infer<typeof environmentSchema>;

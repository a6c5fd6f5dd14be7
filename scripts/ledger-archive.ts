import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { NestFactory } from '@nestjs/core';

import { AppModule } from '../src/app.module.js';
import {
  LedgerArchive,
  LedgerRetention,
  noteVerifier,
  type RetentionPlan,
} from '../src/ledger/index.js';
import {
  type Config,
  FileKeyStore,
  loadConfig,
  openDatabase,
  readEnvironment,
  SystemClock,
} from '../src/platform/index.js';

const usage =
  'Usage: npm run ledger:archive -- plan | run | read <archive> [--from <index>] [--to <index>] [--origin <origin of an ended log>]';

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  origin: { type: 'string' },
} as const;

/** `npm run ledger:archive`: lets expired entries of the log go into an archive, and reads them back. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command, path, ...more] = positionals;
  const config = loadConfig(readEnvironment());
  if (command === 'read' && path !== undefined && more.length === 0) {
    const range = [indexOf(values.from), indexOf(values.to)] as const;
    await printEntries(config, values.origin ?? config.logOrigin, { path, range });
  } else if (command === 'plan' && path === undefined) {
    printPlan(await withRetention(config, (retention) => retention.plan()));
  } else if (command === 'run' && path === undefined) {
    const { pruned, dropped, next } = await withRetention(config, (retention) => retention.run());
    if (pruned) console.log(`archived  entries ${pruned.from} up to ${pruned.to}`);
    for (const partition of dropped) console.log(`dropped   ${partition}`);
    printPlan(next);
  } else throw new Error(usage);
}

function indexOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new Error(usage);
  return Number(text);
}

function printPlan({ from, to, obstacle, at, holdId }: RetentionPlan): void {
  const why = {
    open: 'there is no whole partition to let go',
    not_covered: 'no checkpoint covers it yet',
    not_indexed: 'the index of subjects and cases is not committed beyond it yet',
    held: `hold ${holdId ?? ''} names entry ${at ?? ''}`,
    not_expired: `entry ${at ?? ''} has not expired`,
  };
  const next = `next      entries ${from} up to ${to}`;
  console.log(obstacle === null ? `${next}: expired` : `${next}: kept, ${why[obstacle]}`);
}

/** JSON lines; the whole archive is recomputed first. */
async function printEntries(
  config: Config,
  origin: string,
  {
    path,
    range: [from, to],
  }: { path: string; range: readonly [from: number | undefined, to: number | undefined] },
): Promise<void> {
  const keys = await openKeys(config);
  const verifiers = keys
    .signingKeys('log')
    .map(({ publicKeyBytes }) => noteVerifier(origin, publicKeyBytes));
  const archive = await LedgerArchive.open(path, { origin, keys, verifiers });
  if (!archive) throw new Error(`There is no archive in ${path}`);
  await archive.verify();
  for await (const entry of archive.entries(from, to)) {
    process.stdout.write(`${entry.toString('utf8')}\n`);
  }
}

/** A store that is made here could open nothing. */
async function openKeys(config: Config): Promise<FileKeyStore> {
  if (!existsSync(config.keysDirectory)) {
    throw new Error(`There is no key store in ${config.keysDirectory}; set PROBITY_KEYS_DIR.`);
  }
  return FileKeyStore.open({
    directory: config.keysDirectory,
    masterKey: config.masterKey,
    nextMasterKey: config.nextMasterKey,
    production: config.profile === 'production',
  });
}

/** The modules of the service without its door, beside a service that may run. */
async function withRetention<Result>(
  config: Config,
  work: (retention: LedgerRetention) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase(config, { mode: 'join' });
  try {
    const keys = await openKeys(config);
    const parts = { config, urls: database.urls, keys, clock: new SystemClock() };
    const app = await NestFactory.createApplicationContext(AppModule.forRoot(parts), {
      logger: ['error'],
    });
    try {
      return await work(app.get(LedgerRetention));
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

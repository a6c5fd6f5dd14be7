import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { DataSource } from 'typeorm';

import {
  type BegunLog,
  NewOrigin,
  NewOriginRefused,
  signerMemoryPath,
} from '../src/ledger/index.js';
import {
  type Config,
  FileKeyStore,
  loadConfig,
  openDatabase,
  readEnvironment,
  SystemClock,
} from '../src/platform/index.js';
import { findPoliciesDirectory, loadPolicies, Policies } from '../src/policy/index.js';

const usage =
  'Usage: npm run ledger:new-origin -- --origin <new origin> --confirm <old origin>   (while the service is stopped)';

/**
 * `npm run ledger:new-origin`: begins a new log under a new origin after the tail of the old one was
 * lost for good. docs/ledger-operations.md says when, and what comes before and after it.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { origin: { type: 'string' }, confirm: { type: 'string' } },
  });
  const { origin, confirm } = values;
  if (origin === undefined || confirm === undefined) throw new NewOriginRefused(usage);
  const config = loadConfig(readEnvironment());
  if (config.logOrigin !== origin)
    throw new NewOriginRefused(
      `PROBITY_LOG_ORIGIN is ${config.logOrigin}; set it to ${origin} first, for every process.`,
    );
  const { ended, directory, waiting } = await withOwner(config, (parts) =>
    parts.begin(origin, confirm),
  );
  console.log(`ended     ${ended.origin}  at ${ended.treeSize} entries  root ${ended.rootHash}`);
  console.log(`kept      ${directory}`);
  console.log(`began     ${origin}  ${waiting} events wait behind its first entry`);
}

/** Owns the embedded server: while a service does, this is refused. */
async function withOwner(
  config: Config,
  work: (newOrigin: NewOrigin) => Promise<BegunLog>,
): Promise<BegunLog> {
  if (!existsSync(config.keysDirectory))
    throw new NewOriginRefused(`There is no key store in ${config.keysDirectory}.`);
  const opened = await openDatabase(config, { mode: 'own' });
  try {
    const { owner } = opened.urls;
    if (owner === null) throw new NewOriginRefused('Set DATABASE_OWNER_URL: only the owner may.');
    const database = new DataSource({ type: 'postgres', url: owner.reveal(), poolSize: 1 });
    await database.initialize();
    try {
      return await work(new NewOrigin({ database, ...(await partsOf(config)) }));
    } finally {
      await database.destroy();
    }
  } finally {
    await opened.close();
  }
}

async function partsOf(
  config: Config,
): Promise<Omit<ConstructorParameters<typeof NewOrigin>[0], 'database'>> {
  const { keysDirectory, masterKey } = config;
  const production = config.profile === 'production';
  return {
    keys: await FileKeyStore.open({ directory: keysDirectory, masterKey, production }),
    keysDirectory,
    memoryPath: signerMemoryPath(config),
    policy: new Policies(loadPolicies(findPoliciesDirectory())),
    clock: new SystemClock(),
  };
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

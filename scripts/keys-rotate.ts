import { existsSync } from 'node:fs';

import {
  type Config,
  FileKeyStore,
  loadConfig,
  logKeyOverlapSeconds,
  readEnvironment,
} from '../src/platform/index.js';

const usage = 'Usage: npm run keys:rotate -- access-token | log | master';

/**
 * `npm run keys:rotate -- <key>`: replaces a key of the key store, beside a running service or
 * without one. Running processes see it within two seconds and record it in the ledger.
 */
async function main(): Promise<void> {
  const config = loadConfig(readEnvironment());
  const [, , name = ''] = process.argv;
  switch (name) {
    case 'access-token':
    case 'log': {
      const overlapSeconds = name === 'log' ? logKeyOverlapSeconds : 0;
      const { keyId, createdAt } = await (await openKeys(config)).rotate(name, { overlapSeconds });
      console.log(`rotated  ${name}  ${keyId}  from ${createdAt.toISOString()}`);
      return;
    }
    case 'master':
      await rotateMaster(config);
      return;
    default:
      throw new Error(usage);
  }
}

async function rotateMaster(config: Config): Promise<void> {
  const { nextMasterKey } = config;
  if (!nextMasterKey) throw new Error('Set PROBITY_NEXT_MASTER_KEY to the new master key first');
  await (await openKeys(config)).rotateMasterKey(nextMasterKey);
  console.log('rotated  master  put the new key into PROBITY_MASTER_KEY before the next start');
}

/** A store that is made here would be rotated in vain. */
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

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

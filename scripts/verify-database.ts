import { existsSync } from 'node:fs';

import { DataSource } from 'typeorm';

import {
  CheckpointSigner,
  type LedgerVerification,
  signerMemoryPath,
  verifyLedger,
} from '../src/ledger/index.js';
import { type Config, FileKeyStore, type KeyStore, type Secret } from '../src/platform/index.js';

/** As the reader role, with the keys of the configured key store. */
export async function verifyDatabase(
  config: Config,
  readerUrl: Secret,
): Promise<LedgerVerification> {
  const keys = await openKeys(config);
  const signer = new CheckpointSigner(keys, config.logOrigin, signerMemoryPath(config));
  const reader = new DataSource({ type: 'postgres', url: readerUrl.reveal(), poolSize: 1 });
  await reader.initialize();
  try {
    // Before the log is looked at: whatever was signed by then must be in it.
    const lastSigned = await signer.lastSigned();
    return await verifyLedger({
      connection: {
        query: async (sql, values) => ({ rows: await reader.query(sql, values), command: '' }),
      },
      origin: config.logOrigin,
      verifiers: signer.verifiers(),
      macOf: (event) => keys.mac('audit-event', event),
      lastSigned,
    });
  } finally {
    await reader.destroy();
  }
}

/** The store is only read here: a verifier that makes its own keys would find everything forged. */
async function openKeys(config: Config): Promise<KeyStore> {
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

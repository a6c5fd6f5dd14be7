import { existsSync } from 'node:fs';

import { DataSource } from 'typeorm';

import {
  CheckpointSigner,
  type CommandLine,
  LedgerArchives,
  type LedgerVerification,
  readVerifiedState,
  signerMemoryPath,
  type VerificationReport,
  type VerifiedState,
  verifyLedger,
  writeVerifiedState,
} from '../src/ledger/index.js';
import { type Config, FileKeyStore, type KeyStore, type Secret } from '../src/platform/index.js';

export interface DatabaseVerification {
  /** The auditor's own keys; those of the key store where there are none. */
  readonly trust?: CommandLine['trust'];
  readonly from?: VerifiedState | null;
  /** Folder of archives; without one, entries that were pruned are examined by their tiles alone. */
  readonly archivePath?: string | null;
}

/** As the reader role, with the MAC key and the signer's memory of the configured key store. */
export async function verifyDatabase(
  config: Config,
  readerUrl: Secret,
  { trust, from, archivePath = null }: DatabaseVerification = {},
): Promise<LedgerVerification> {
  const keys = await openKeys(config);
  const signer = new CheckpointSigner(keys, config.logOrigin, { path: signerMemoryPath(config) });
  const reader = new DataSource({ type: 'postgres', url: readerUrl.reveal(), poolSize: 1 });
  await reader.initialize();
  try {
    // Before the log is looked at: whatever was signed by then must be in it.
    const lastSigned = await signer.lastSigned();
    const hasTrust = trust !== undefined && trust.logs.length > 0;
    const verifiers = hasTrust ? trust.logs : signer.verifiers();
    const origin = config.logOrigin;
    return await verifyLedger({
      connection: {
        query: async (sql, values) => ({ rows: await reader.query(sql, values), command: '' }),
      },
      origin,
      verifiers,
      verifiersAt: hasTrust ? null : (signedAt) => signer.verifiersAt(signedAt),
      macOf: (event) => keys.mac('audit-event', event),
      lastSigned,
      from: from?.log ?? null,
      archives:
        archivePath === null ? null : new LedgerArchives(archivePath, { origin, keys, verifiers }),
    });
  } finally {
    await reader.destroy();
  }
}

/** What `npm run ledger:verify -- --database` says; remembers what was verified where it is asked to. */
export async function reportOnDatabase(
  config: Config,
  readerUrl: Secret,
  { trust, statePath, archivePath }: CommandLine,
): Promise<VerificationReport> {
  const from = statePath === null ? null : await readVerifiedState(statePath);
  if (from && from.origin !== config.logOrigin) throw new Error('That was another log');
  const verification = await verifyDatabase(config, readerUrl, { trust, from, archivePath });
  if (statePath !== null && verification.verified) {
    const { verified } = verification;
    await writeVerifiedState(statePath, {
      origin: config.logOrigin,
      log: verified,
      checkpoint: null,
    });
  }
  return reportOf(verification, archivePath !== null);
}

function reportOf(
  { isSound, damages, treeSize, rootHash, checkpoints, pending, pruned }: LedgerVerification,
  hasArchive: boolean,
): VerificationReport {
  const means = hasArchive ? 'read from the archive' : 'by their tiles alone: no --archive given';
  return {
    isSound,
    damages,
    facts: {
      entries: treeSize,
      'root hash': rootHash.toString('base64'),
      checkpoints: `${checkpoints}, signatures and roots recomputed`,
      ...(pruned > 0 ? { pruned: `${pruned} entries, ${means}` } : {}),
      waiting: `${pending} events that are not sealed yet`,
    },
    sentence: isSound ? 'The ledger is as it was written.' : 'The ledger is NOT as it was written.',
  };
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

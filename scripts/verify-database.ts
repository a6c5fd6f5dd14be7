import { existsSync } from 'node:fs';

import { DataSource } from 'typeorm';

import {
  type ArchiveKeys,
  CheckpointSigner,
  type CommandLine,
  type Damage,
  EndedLogStore,
  examineReceipts,
  type CheckedIndex,
  LedgerArchives,
  type LedgerVerification,
  loadWitnessSettings,
  type NoteVerifier,
  type Queryable,
  readThrough,
  readVerifiedState,
  signerMemoryPath,
  type VerificationReport,
  type VerifiedState,
  verifyIndex,
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
  /** Promises of the log. */
  readonly receipts?: CommandLine['receipts'];
  /** Whether to derive every commitment to the index anew as well. */
  readonly isIndex?: boolean;
}

export interface VerifiedDatabase extends LedgerVerification {
  /** Null where it was not asked for, or is not worth deriving from a damaged ledger. */
  readonly index: CheckedIndex | null;
}

/** As the reader role, with the MAC key and the signer's memory of the configured key store. */
export async function verifyDatabase(
  config: Config,
  readerUrl: Secret,
  { trust, from, archivePath = null, receipts = [], isIndex }: DatabaseVerification = {},
): Promise<VerifiedDatabase> {
  const keys = await openKeys(config);
  const signer = new CheckpointSigner(keys, config.logOrigin, { path: signerMemoryPath(config) });
  const reader = new DataSource({ type: 'postgres', url: readerUrl.reveal(), poolSize: 1 });
  await reader.initialize();
  try {
    // Before the log is looked at: whatever was signed by then must be in it.
    const lastSigned = signer.lastSigned();
    const hasTrust = trust !== undefined && trust.logs.length > 0;
    const verifiers = hasTrust ? trust.logs : signer.verifiers();
    const origin = config.logOrigin;
    const archivesOf =
      archivePath === null ? null : (trust: ArchiveKeys) => new LedgerArchives(archivePath, trust);
    const connection = readThrough(reader);
    const verification = await verifyLedger({
      connection,
      origin,
      verifiers,
      witnesses: witnessesOf(config, trust),
      verifiersAt: hasTrust ? null : (signedAt) => signer.verifiersAt(signedAt),
      macOf: (event) => keys.mac('audit-event', event),
      lastSigned,
      from: from?.log ?? null,
      archives: archivesOf?.({ origin, keys, verifiers }) ?? null,
    });
    const isDerived = isIndex === true && verification.isSound;
    if (isDerived) await assertWhole(connection, verification.treeSize);
    const logs = [...verifiers, ...(await new EndedLogStore(config.keysDirectory).verifiers())];
    const broken = await examineReceipts(connection, receipts, {
      logs,
      archivesOf: archivesOf && ((of) => archivesOf({ origin: of, keys, verifiers: logs })),
    });
    const kept = broken.length === 0 ? verification : withDamages(verification, broken);
    return withIndex(kept, isDerived ? await verifyIndex(connection) : null);
  } finally {
    await reader.destroy();
  }
}

/** An index derived from what is left of a pruned log would be another one. */
async function assertWhole(connection: Queryable, treeSize: number): Promise<void> {
  const { rows } = await connection.query(
    `SELECT FROM audit_entries JOIN audit_events ON audit_events.id = event_id WHERE leaf_index = 0`,
  );
  if (rows.length === 0 && treeSize > 0)
    throw new Error('Entries were pruned: the index is not derivable from the database alone.');
}

/** Those that the auditor trusts; else those of the configured policy. */
function witnessesOf(config: Config, trust: CommandLine['trust'] | undefined): NoteVerifier[] {
  if (trust !== undefined && trust.witnesses.length > 0) return [...trust.witnesses];
  return [...loadWitnessSettings(config).verifiers];
}

function withDamages(ledger: LedgerVerification, damages: readonly Damage[]): LedgerVerification {
  const all = [...ledger.damages, ...damages];
  return { ...ledger, isSound: false, damages: all, verified: null };
}

function withIndex(ledger: LedgerVerification, index: CheckedIndex | null): VerifiedDatabase {
  if (index === null || index.damages.length === 0) return { ...ledger, index };
  return {
    ...ledger,
    index,
    isSound: false,
    damages: [...ledger.damages, ...index.damages],
    verified: null,
  };
}

/** What `npm run ledger:verify -- --database` says; remembers what was verified where it is asked to. */
export async function reportOnDatabase(
  config: Config,
  readerUrl: Secret,
  { trust, statePath, archivePath, receipts, isIndex }: CommandLine,
): Promise<VerificationReport> {
  const from = statePath === null ? null : await readVerifiedState(statePath);
  if (from && from.origin !== config.logOrigin) throw new Error('That was another log');
  const verification = await verifyDatabase(config, readerUrl, {
    trust,
    from,
    archivePath,
    receipts,
    isIndex,
  });
  if (statePath !== null && verification.verified) {
    const { verified } = verification;
    await writeVerifiedState(statePath, {
      origin: config.logOrigin,
      log: verified,
      checkpoint: null,
    });
  }
  return reportOf(verification, { hasArchive: archivePath !== null, receipts });
}

function reportOf(
  { isSound, damages, treeSize, rootHash, checkpoints, pending, pruned, index }: VerifiedDatabase,
  { hasArchive, receipts }: { hasArchive: boolean; receipts: CommandLine['receipts'] },
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
      ...(receipts.length > 0 ? { receipts: receipts.length } : {}),
      waiting: `${pending} events that are not sealed yet`,
      ...(index && {
        index: `${index.commitments} commitments over ${index.keys} keys derived anew`,
      }),
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

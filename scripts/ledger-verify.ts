import { describeDamage, type LedgerVerification } from '../src/ledger/index.js';
import { loadConfig, openDatabase, readEnvironment } from '../src/platform/index.js';
import { verifyDatabase } from './verify-database.js';

const usage = 'Usage: npm run ledger:verify -- --database';

/** `npm run ledger:verify -- --database`: recomputes the ledger of the configured database. */
async function main(): Promise<void> {
  if (process.argv[2] !== '--database') throw new Error(usage);
  const config = loadConfig(readEnvironment());
  const database = await openDatabase(config, { mode: 'join' });
  try {
    const verification = await verifyDatabase(config, database.urls.reader);
    print(verification);
    if (!verification.isSound) process.exitCode = 1;
  } finally {
    await database.close();
  }
}

function print({
  isSound,
  damages,
  treeSize,
  rootHash,
  checkpoints,
  pending,
}: LedgerVerification): void {
  console.log(`entries      ${treeSize}`);
  console.log(`root hash    ${rootHash.toString('base64')}`);
  console.log(`checkpoints  ${checkpoints}, signatures and roots recomputed`);
  console.log(`waiting      ${pending} events that are not sealed yet`);
  for (const damage of damages) console.error(`DAMAGE       ${describeDamage(damage)}`);
  console.log(
    isSound ? 'The ledger is as it was written.' : 'The ledger is NOT as it was written.',
  );
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

import { loadConfig, openDatabase, readEnvironment } from '../src/platform/index.js';
import {
  type CommandLine,
  exitCodes,
  parseCommandLine,
  printReport,
  runVerifier,
  UsageError,
} from '../src/ledger/index.js';
import { reportOnDatabase } from './verify-database.js';

const print = (text: string): void => {
  process.stdout.write(text);
};

/**
 * `npm run ledger:verify -- <bundle | directory | url | --database>`: recomputes a ledger, the one
 * of the configured database or a published one.
 */
async function main(args: readonly string[]): Promise<number> {
  if (!args.includes('--database')) {
    const workerProgram = new URL('../src/ledger/verification/examine-worker.js', import.meta.url);
    return runVerifier({ args, environment: process.env, workerProgram, print });
  }
  const line = await parseCommandLine(args);
  if (line.subject !== null) throw new UsageError('One log at a time');
  if (line.minimumIndex > 0) throw new UsageError('The database says itself what was pruned');
  if (line.policy !== null && line.policy.quorum.kind !== 'none')
    throw new UsageError('A quorum is asked of a published log; --keys names witnesses here');
  return verifyConfigured(line);
}

async function verifyConfigured(line: CommandLine): Promise<number> {
  const config = loadConfig(readEnvironment());
  const database = await openDatabase(config, { mode: 'join' });
  try {
    const report = await reportOnDatabase(config, database.urls.reader, line);
    return printReport(report, line, { print });
  } finally {
    await database.close();
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return exitCodes.unverified;
});

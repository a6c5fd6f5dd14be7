import { loadConfig, migrate, readEnvironment, Secret } from '../src/platform/index.js';

/** `npm run db:migrate [-- <owner url>]`: brings an external database up to this release. */
async function main(): Promise<void> {
  const ownerUrl = ownerUrlOf(process.argv[2]);
  if (ownerUrl === null) {
    console.error('Usage: npm run db:migrate -- <owner url>   (or set DATABASE_OWNER_URL)');
    process.exitCode = 1;
    return;
  }
  const ran = await migrate(ownerUrl);
  for (const name of ran) console.log(`migrated  ${name}`);
  console.log(ran.length === 0 ? 'The database is up to date.' : `${ran.length} migrations ran.`);
}

function ownerUrlOf(argument: string | undefined): Secret | null {
  if (argument !== undefined) return URL.canParse(argument) ? new Secret(argument) : null;
  return loadConfig(readEnvironment()).externalDatabase?.owner ?? null;
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

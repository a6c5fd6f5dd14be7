import { readFile } from 'node:fs/promises';

import { isAllowed, listShippedPackages, type LockedPackage } from './licences.js';

/** `npm run licences`: fails on a shipped package whose licence is not on the list. Reads the lockfile only. */
async function main(): Promise<void> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const shipped = listShippedPackages(lock.packages);
  const refused = shipped.filter(({ licence }) => !isAllowed(licence));
  for (const { name, licence } of refused) console.error(`${name}: ${licence}`);
  console.log(
    `${shipped.length} packages ship, ${refused.length} under a licence that is not allowed.`,
  );
  process.exitCode = refused.length === 0 ? 0 : 1;
}

await main();

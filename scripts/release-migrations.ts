import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { migrationDigest } from './migration-digest.js';

/** Run at a release: writes down what every migration was. From then on a test refuses a change of it. */
async function main(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  const digests: Record<string, string> = {};
  for (const name of names) {
    digests[name] = migrationDigest(await readFile(join(folder, name), 'utf8'));
  }
  await writeFile(join(folder, 'released.json'), `${JSON.stringify(digests, null, 2)}\n`);
  console.log(`${names.length} migrations are released; from now on they do not change.`);
}

await main('migrations');

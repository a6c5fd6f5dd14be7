import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { renderDocs } from './docs/render-docs.js';

/** `npm run docs:generate`, and with `--check` a failure that names what is not in sync. */
async function main(root: string): Promise<void> {
  const build = join(dirname(fileURLToPath(import.meta.url)), '..');
  const files = await renderDocs(root, build);
  const stale: string[] = [];
  for (const [path, text] of files) {
    const present = await readFile(join(root, path), 'utf8').catch(() => null);
    if (present === text) continue;
    stale.push(path);
    if (process.argv.includes('--check')) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  report(files.size, stale);
}

function report(count: number, stale: readonly string[]): void {
  if (!process.argv.includes('--check')) {
    console.log(`${count} generated files, ${stale.length} written.`);
    return;
  }
  for (const path of stale) console.error(`${path} is not in sync; run npm run docs:generate.`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}

await main(process.cwd());

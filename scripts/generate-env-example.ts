import { readFile, writeFile } from 'node:fs/promises';

import { environmentSchema } from '../src/platform/index.js';

const path = '.env.example';

/** `npm run env:generate`, and with `--check` a failure where the file is not in sync. */
async function main(): Promise<void> {
  const text = formatEnvironmentExample();
  if (!process.argv.includes('--check')) {
    await writeFile(path, text);
    return;
  }
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present === text) return;
  console.error(
    `${path} is not in sync with src/platform/environment.ts; run npm run env:generate.`,
  );
  process.exitCode = 1;
}

function formatEnvironmentExample(): string {
  const settings = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const description = schema.meta()?.description;
    if (description === undefined) throw new Error(`${name} has no description`);
    return `# ${description}\n#${name}=${defaultOf(schema.safeParse(undefined).data)}\n`;
  });
  return [
    '# Settings of Probity, generated from src/platform/environment.ts. Copy to .env and uncomment.\n',
    ...settings,
  ].join('\n');
}

function defaultOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

await main();

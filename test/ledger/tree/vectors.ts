import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['PROBITY_VECTORS'];

/**
 * Reads published vectors from the folder that PROBITY_VECTORS names; where it names none, says so
 * and answers null.
 */
export function readVectors<Vectors>(name: string): Vectors | null {
  if (folder === undefined || folder === '') {
    process.stdout.write(
      `SKIPPED: ${name}: set PROBITY_VECTORS to the folder of published vectors\n`,
    );
    return null;
  }
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Vectors;
}

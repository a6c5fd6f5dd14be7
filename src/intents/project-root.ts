import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, from the sources as from the build in `dist`. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('No package.json above the intents module');
    folder = above;
  }
  return folder;
}

/** Where the trained artefact ships. */
export function artefactPath(): string {
  return join(projectRoot(), 'models', 'intents.bin');
}

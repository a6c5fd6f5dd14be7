import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { renderDocs } from '../scripts/docs/render-docs.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

describe('generated files', () => {
  it('are what their sources make of them', async () => {
    const files = await renderDocs(root, root);
    const stale: string[] = [];
    for (const [path, text] of files) {
      const present = await readFile(join(root, path), 'utf8').catch(() => null);
      if (present !== text) stale.push(path);
    }
    // `npm run docs:generate` writes them anew.
    expect(stale).toEqual([]);
  });
});

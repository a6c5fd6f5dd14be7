import { readFile } from 'node:fs/promises';

import { build } from 'esbuild';

const head = `#!/usr/bin/env node
/*!
 * Verifies a Probity audit log from its published tiles: one file, no dependency, Node 20 or later.
 *
 *     node ledger-verifier.mjs <directory | url> --key <vkey>
 *
 * It is the product's own verifier, put together from src/ledger/tree and src/ledger/verification
 * with types taken off and nothing else. Read it from the bottom: the program, the command line, how
 * a log is walked, how a tile is examined, and above all the arithmetic (RFC 6962, C2SP).
 */`;

/** Makes one readable file of the verifier, for auditors: bundled, not minified, comments kept. */
async function main(outfile = 'dist/ledger-verifier.mjs'): Promise<void> {
  await build({
    entryPoints: ['scripts/ledger-verifier.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'utf8',
    legalComments: 'inline',
    banner: { js: head },
    plugins: [
      {
        name: 'keep-comments',
        setup: (bundler) => {
          bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
            contents: markComments(await readFile(path, 'utf8')),
            loader: 'ts',
          }));
        },
      },
    ],
  });
}

/** The bundler keeps only comments that are marked as legal ones. */
function markComments(source: string): string {
  return source.replace(/^(\s*)\/\*\*/gm, '$1/*!').replace(/^(\s*)\/\/ /gm, '$1//! ');
}

await main(process.argv[2]);

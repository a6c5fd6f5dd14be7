import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

import { transformSync } from '@swc/core';

/**
 * Lets a child process run our TypeScript as it stands, without a build: a spec can then kill a
 * real process. Used as `node --import ./test/support/typescript-loader.mjs <file.ts>`.
 */
const ours = (url) => url?.startsWith('file:') === true && !url.includes('/node_modules/');

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isRelative = /^\.{1,2}\//.test(specifier) && specifier.endsWith('.js');
    if (!isRelative || !ours(context.parentURL)) return nextResolve(specifier, context);
    try {
      return nextResolve(specifier.replace(/\.js$/, '.ts'), context);
    } catch {
      return nextResolve(specifier, context);
    }
  },
  load(url, context, nextLoad) {
    if (!ours(url) || !url.endsWith('.ts')) return nextLoad(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      filename,
      sourceMaps: 'inline',
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});

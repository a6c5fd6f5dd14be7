import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { listEventDefinitions } from '../../src/ledger/index.js';
import { listProblems } from '../../src/platform/index.js';
import { policyJsonSchemas } from '../../src/policy/index.js';
import { formatContextGraph, readContextGraph } from './dependency-graph.js';
import { fillBetween } from './markdown.js';
import { formatAuditEvents, formatProblems } from './registry-pages.js';

export const architecturePage = 'docs/architecture.md';

/**
 * Every generated file by its path from the root.
 *
 * @param root where the project stands.
 * @param code where its running code stands: the root itself, or the build.
 */
export async function renderDocs(root: string, code: string): Promise<ReadonlyMap<string, string>> {
  await importRegistries(root, code);
  const files = new Map([
    ['docs/problems.md', formatProblems(listProblems())],
    ['docs/audit-events.md', formatAuditEvents(listEventDefinitions())],
  ]);
  for (const [name, schema] of policyJsonSchemas()) {
    files.set(`policies/schema/${name}`, `${JSON.stringify(schema, null, 2)}\n`);
  }
  const page = await readFile(join(root, architecturePage), 'utf8');
  const graph = formatContextGraph(await readContextGraph(root));
  return files.set(architecturePage, fillBetween(page, 'graph', graph));
}

/**
 * Problem codes and event types register themselves when their file is loaded. The sources say which
 * files there are: a build may still hold what was removed.
 */
async function importRegistries(root: string, code: string): Promise<void> {
  const inBuild = root !== code;
  for await (const path of glob('src/**/*.{problems,events}.ts', { cwd: root })) {
    const file = inBuild ? path.replace(/\.ts$/, '.js') : path;
    await import(pathToFileURL(join(code, file)).href);
  }
}

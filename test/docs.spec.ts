import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readSourceTree } from './tidy/source-tree.js';

// What pages point at is there. A page that promises a test or a command keeps that promise.

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tree = readSourceTree(root);
const pages = tree.paths.filter((path) => path.endsWith('.md')).map((path) => [path] as const);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

function matchesIn(page: string, pattern: RegExp): readonly string[] {
  return [...tree.text(page).matchAll(pattern)].map(([, found]) => found ?? '');
}

describe('pages', () => {
  it.each(pages)('%s links to what is there', (page) => {
    const links = matchesIn(page, /\]\(([^)#\s]+)[^)]*\)/g).filter(
      (link) => !/^[a-z]+:/.test(link),
    );
    const broken = links.filter(
      (link) => !existsSync(join(root, normalize(join(dirname(page), link)))),
    );
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s names tests that are there', (page) => {
    const named = matchesIn(page, /`(test\/[\w./-]+)`/g);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(pages)('%s names commands that are there', (page) => {
    const named = matchesIn(page, /npm run ([a-z][\w:-]*)/g);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('lists every decision, numbered without a gap', () => {
    const decisions = tree.paths.filter((path) => /^docs\/adr\/\d{4}-/.test(path));
    expect(matchesIn('docs/adr/README.md', /\]\((\d{4}-[^)]+)\)/g)).toEqual(
      decisions.map((path) => path.slice('docs/adr/'.length)),
    );
    expect(decisions.map((path) => Number(path.slice(9, 13)))).toEqual(
      decisions.map((_, index) => index + 1),
    );
  });

  it('gives every decision its four parts', () => {
    for (const path of tree.paths.filter((name) => /^docs\/adr\/\d{4}-/.test(name))) {
      expect(tree.text(path)).toMatch(
        /^# \d+\. .+\n\nStatus: (proposed|accepted|superseded by \d+)\n\n## Context\n[^]+\n## Decision\n[^]+\n## Consequences\n/,
      );
    }
  });
});

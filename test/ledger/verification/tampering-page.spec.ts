import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

import { rowsBelow } from '../../support/markdown-table.js';

const docs = join(dirname(fileURLToPath(import.meta.url)), '../../../docs');
const page = readFileSync(join(docs, 'tampering.md'), 'utf8');
const finders = ['Database', 'Published', 'Witness', 'Receipt'] as const;

interface Finding {
  readonly tampering: string;
  readonly finder: string;
  readonly says: string;
}

interface NamedTest {
  readonly tampering: string;
  readonly finder: string;
  readonly sentence: string;
  readonly file: string;
}

/** A test as it stands in its file. */
interface WrittenTest {
  /** Perhaps with places for values. */
  readonly sentence: string;
  readonly body: string;
  /** Of its table, where it has one. */
  readonly rows: readonly string[];
}

/** A dash is no finding, whatever is said beside it. */
const findings: readonly Finding[] = rowsBelow(page, '## Findings').flatMap(
  ([tampering = '', ...cells]) =>
    cells
      .map((says, place) => ({ tampering, finder: finders[place] ?? 'nobody', says }))
      .filter(({ says }) => !says.startsWith('–')),
);
const tests: readonly NamedTest[] = finders.flatMap((finder) =>
  rowsBelow(page, `### ${finder}`).map(([tampering = '', sentence = '', link = '']) => {
    const [, file = ''] = /^\[[\w-]+\]\((\S+)\)$/.exec(link) ?? [];
    return { tampering, finder, sentence, file };
  }),
);
const written = new Map(
  [...new Set(tests.map(({ file }) => file))].map((file) => [file, testsIn(join(docs, file))]),
);

/** Each `it` and `it.each` that runs: none that is skipped. */
function testsIn(path: string): readonly WrittenTest[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const found: WrittenTest[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^it(\.each\b|$)/.test(node.expression.getText(source))) {
      const [name, body] = node.arguments;
      const [table] = ts.isCallExpression(node.expression) ? node.expression.arguments : [];
      const rows = table && ts.isArrayLiteralExpression(table) ? table.elements : [];
      if (name && body && ts.isStringLiteralLike(name)) {
        const [text, ...cells] = [body, ...rows].map((part) => part.getText(source));
        found.push({ sentence: name.text, body: text ?? '', rows: cells });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** All that a test of this sentence is made of, of its table the one row; null where it is another's. */
function textAs(named: string, { sentence, body, rows }: WrittenTest): string | null {
  const form = sentence.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/%[si]/g, '(.+)');
  const values = new RegExp(`^${form}$`).exec(named)?.slice(1);
  if (!values) return null;
  const own = rows.filter((row) =>
    values.every((value) => row === value || row.includes(`'${value}'`)),
  );
  return values.length > 0 && own.length !== 1 ? null : [body, ...own].join('\n');
}

const textOf = ({ file, sentence }: NamedTest): string | null =>
  (written.get(file) ?? []).map((test) => textAs(sentence, test)).find((text) => text) ?? null;
const testsOf = ({ tampering, finder }: Finding): readonly NamedTest[] =>
  tests.filter((test) => test.tampering === tampering && test.finder === finder);

describe('docs/tampering.md', () => {
  it('answers for every kind of tampering, each found by somebody', () => {
    const rows = rowsBelow(page, '## Findings');
    expect(rows.length).toBeGreaterThanOrEqual(15);
    const found = new Set(findings.map(({ tampering }) => tampering));
    expect(rows.filter(([tampering = '']) => !found.has(tampering))).toEqual([]);
  });

  it('names a test for each finding, and none for what nobody claims', () => {
    expect(findings.filter((finding) => testsOf(finding).length === 0)).toEqual([]);
    const claimed = findings.flatMap(testsOf);
    expect(tests.filter((test) => !claimed.includes(test))).toEqual([]);
  });

  it('names only tests that stand in their files', () => {
    expect(tests.filter((test) => textOf(test) === null)).toEqual([]);
  });

  it('says of each finding only what one of its tests expects', () => {
    const unproven = findings.filter((finding) => {
      const texts = testsOf(finding).map((test) => textOf(test) ?? '');
      const names = [...finding.says.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
      return !names.every((name) => texts.some((text) => text.includes(name)));
    });
    expect(unproven).toEqual([]);
  });
});

import ts from 'typescript';

import {
  findNodes,
  importsOf,
  methodCallsOf,
  placeOf,
  type Rule,
  type SourceTree,
  typescriptIn,
} from './source-tree.js';

const product = ['src', 'migrations', 'scripts', 'bench'];
const everything = [...product, 'test'];

const configFile = 'src/platform/config.ts';
const fileLinesMax = 500;
const functionLinesMax = 70;

/** Settings come from the typed config; a script may only hand its whole environment on. */
export const environmentIsReadInConfigOnly: Rule = (tree) =>
  typescriptIn(tree, ...product)
    .filter((path) => path !== configFile)
    .flatMap((path) => findNodes(tree.source(path), ts.isPropertyAccessExpression))
    .filter((node) => node.getText() === 'process.env')
    .filter((node) => node.getSourceFile().fileName.startsWith('src/') || isSingleVariable(node))
    .map((node) => `${placeOf(node)} reads the environment outside ${configFile}`);

function isSingleVariable({ parent }: ts.Node): boolean {
  return ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
}

export const nothingIsExportedByDefault: Rule = (tree) =>
  typescriptIn(tree, ...everything).flatMap((path) => [
    ...findNodes(tree.source(path), ts.isExportAssignment).map(
      (node) => `${placeOf(node)} is a default export`,
    ),
    ...findNodes(tree.source(path), ts.isExportSpecifier)
      .filter(({ name }) => name.text === 'default')
      .map((node) => `${placeOf(node)} is a default export`),
    ...tree
      .source(path)
      .statements.filter((node) => ts.canHaveModifiers(node) && isDefault(node))
      .map((node) => `${placeOf(node)} is a default export`),
  ]);

function isDefault(node: ts.HasModifiers): boolean {
  return (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
}

export const filesAreShort: Rule = (tree) =>
  typescriptIn(tree, ...everything).flatMap((path) => {
    const lines = tree.text(path).trimEnd().split('\n').length;
    return lines > fileLinesMax ? [`${path}:${fileLinesMax} has ${lines} lines`] : [];
  });

/** `describe` callbacks are as long as their list of sentences; everything else is a function. */
export const functionsAreShort: Rule = (tree) =>
  typescriptIn(tree, ...everything)
    .flatMap((path) => findNodes(tree.source(path), ts.isFunctionLike))
    .filter((node) => !isDescribeCallback(node))
    .flatMap((node) => {
      const lines = lineCount(node);
      return lines > functionLinesMax ? [`${placeOf(node)} is a function of ${lines} lines`] : [];
    });

function isDescribeCallback({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && parent.expression.getText().startsWith('describe');
}

function lineCount(node: ts.Node): number {
  const source = node.getSourceFile();
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  return lineOf(node.getEnd()) - lineOf(node.getStart()) + 1;
}

/** Words are kept apart here, so that this file does not break its own rule. */
const bannedWords: readonly (readonly [pattern: RegExp, why: string])[] = [
  [
    new RegExp(String.raw`\b(TO${'DO'}|FIX${'ME'}|XX${'X'}|HA${'CK'})\b(?!\(#\d+\))`),
    'names no reference such as (#12)',
  ],
  [new RegExp(String.raw`\bsimp${'ly'}\b`, 'i'), 'belittles the reader'],
  [new RegExp(String.raw`\bnote ${'that'}\b`, 'i'), 'says nothing'],
  [new RegExp(String.raw`\bobvious${'ly'}\b`, 'i'), 'belittles the reader'],
];

/** Lines of code, comments and pages; data of any language (corpora, artefacts) is not prose of ours. */
export const wordsSaySomething: Rule = (tree) =>
  tree.paths
    .filter((path) => /\.(ts|md|mjs|cjs)$/.test(path) && !path.includes('/corpus/'))
    .flatMap((path) =>
      tree
        .text(path)
        .split('\n')
        .flatMap((line, index) =>
          bannedWords
            .filter(([pattern]) => pattern.test(line))
            .map(
              ([pattern, why]) => `${path}:${index + 1} ${pattern.exec(line)?.[0] ?? ''} ${why}`,
            ),
        ),
    );

/** A rule is switched off for one line, by name, with the reason after two dashes. */
export const disabledLintHasAReason: Rule = (tree) =>
  typescriptIn(tree, ...everything).flatMap((path) =>
    tree
      .text(path)
      .split('\n')
      .flatMap((line, index) =>
        /(\/\/|\/\*)\s*eslint-disable/.test(line) &&
        !/eslint-disable-next-line \S.* -- \S/.test(line)
          ? [`${path}:${index + 1} switches lint off without rule or reason`]
          : [],
      ),
  );

const bannedFolders = ['dtos', 'interfaces', 'utils', 'helpers', 'common', 'shared', 'impl'];

export const foldersAreNamedByTheField: Rule = (tree) =>
  typescriptIn(tree, 'src')
    .filter((path) => path.split('/').some((part) => bannedFolders.includes(part)))
    .map((path) => `${path}:1 lies in a folder that says nothing`);

export const contextsShowAFace: Rule = (tree) => {
  const contexts = new Set(
    typescriptIn(tree, 'src').flatMap((path) => /^src\/[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  );
  return [...contexts].flatMap((context) => {
    const index = `${context}/index.ts`;
    if (!tree.has(index)) return [`${index}:1 is missing`];
    const opens = tree.text(index).startsWith('/**');
    return opens ? [] : [`${index}:1 opens without a paragraph on what it owns and promises`];
  });
};

/** What runs by itself: the service, scripts, benchmarks, migrations, which are loaded by folder. */
function entryPoints(tree: SourceTree): readonly string[] {
  return typescriptIn(tree, ...product).filter(
    (path) => path === 'src/main.ts' || /^(scripts|bench|migrations)\//.test(path),
  );
}

/** A product file that no entry point reaches is dead, whatever tests say of it. */
export const noFileIsDead: Rule = (tree) => {
  const reached = new Set(entryPoints(tree));
  for (const path of reached) {
    for (const { path: next } of importsOf(tree, path)) if (tree.has(next)) reached.add(next);
    for (const next of threadsOf(tree, path)) reached.add(next);
  }
  return typescriptIn(tree, 'src')
    .filter((path) => !reached.has(path))
    .map((path) => `${path}:1 is reached from no entry point`);
};

/** Files started by address: `new Worker(new URL('./train.js', import.meta.url))`. */
function threadsOf(tree: SourceTree, path: string): readonly string[] {
  return findNodes(tree.source(path), ts.isNewExpression)
    .filter(({ expression }) => expression.getText() === 'URL')
    .flatMap((node) => [...(node.arguments ?? [])].slice(0, 1))
    .filter(ts.isStringLiteralLike)
    .map(({ text }) => new URL(text, `file:///${path}`).pathname.slice(1).replace(/\.js$/, '.ts'))
    .filter((next) => next.endsWith('.ts') && tree.has(next));
}

/** Connections are made only in platform. */
export const connectionsAreMadeInPlatform: Rule = (tree) =>
  typescriptIn(tree, 'src')
    .filter((path) => !path.startsWith('src/platform/'))
    .flatMap((path) => findNodes(tree.source(path), ts.isNewExpression))
    .filter(({ expression }) =>
      /^(DataSource|Pool|Client|PgBoss|pg\.\w+)$/.test(expression.getText()),
    )
    .map((node) => `${placeOf(node)} makes a connection outside platform`);

const testFile = /^test\/.+\.(spec|int-spec|e2e-spec)\.ts$/;

export const testsAllRun: Rule = (tree) =>
  tree.paths
    .filter((path) => testFile.test(path))
    .flatMap((path) =>
      ['only', 'skip', 'todo'].flatMap((name) => propertyUses(tree.source(path), name)),
    )
    .map((node) => `${placeOf(node)} ${node.getText()} keeps tests from running`);

function propertyUses(source: ts.SourceFile, name: string): readonly ts.PropertyAccessExpression[] {
  return findNodes(source, ts.isPropertyAccessExpression).filter(
    (node) => node.name.text === name && /^(it|test|describe)$/.test(node.expression.getText()),
  );
}

export const testNamesAreSentencesInThePresent: Rule = (tree) =>
  tree.paths
    .filter((path) => testFile.test(path))
    .flatMap((path) => findNodes(tree.source(path), ts.isCallExpression))
    .filter(({ expression }) =>
      /^(it|test)(\.each.*)?$/s.test(expression.getText().split('(')[0] ?? ''),
    )
    .flatMap((call) => call.arguments.slice(0, 1))
    .filter((name) => ts.isStringLiteralLike(name) && /\bshould\b/i.test(name.text))
    .map((name) => `${placeOf(name)} says what should be, not what is`);

/** The in-memory bus may lose what it carries. */
export const busCarriesNoEvents: Rule = (tree) =>
  typescriptIn(tree, 'src')
    .flatMap((path) => findNodes(tree.source(path), ts.isImportSpecifier))
    .filter(({ name, propertyName }) =>
      /^(EventsHandler|Saga|AggregateRoot|EventBus|EventPublisher)$/.test(
        (propertyName ?? name).text,
      ),
    )
    .map((node) => `${placeOf(node)} ${node.getText()}: the event bus may lose what it carries`);

/** Time is data: a context asks the clock, and measures what really passed by `performance.now()`. */
export const timeComesFromTheClock: Rule = (tree) =>
  typescriptIn(tree, 'src')
    .filter((path) => /^src\/[^/]+\//.test(path) && !path.startsWith('src/platform/'))
    .flatMap((path) => [
      ...methodCallsOf(tree.source(path), 'now').filter((call) => call.getText() === 'Date.now()'),
      ...findNodes(tree.source(path), ts.isNewExpression).filter(
        (node) => node.getText() === 'new Date()',
      ),
    ])
    .map((node) => `${placeOf(node)} ${node.getText()} goes past the clock`);

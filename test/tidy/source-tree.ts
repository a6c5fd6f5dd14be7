import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

/** The project's own text: what the rules read. Made from the disk, or planted by a test. */
export interface SourceTree {
  /** Paths from the root, with forward slashes, sorted. */
  readonly paths: readonly string[];
  has(path: string): boolean;
  /** @throws Error where no such file is. */
  text(path: string): string;
  /** Parsed TypeScript; parsed once. */
  source(path: string): ts.SourceFile;
}

/** A rule answers one sentence per fault, beginning with the place. */
export type Rule = (tree: SourceTree) => readonly string[];

const folders = ['src', 'migrations', 'policies', 'scripts', 'bench', 'test', 'docs'];
const readable = /\.(ts|mjs|cjs|md|yaml|json|sql)$/;

/** Reads what is ours under a root; never dependencies, builds or data. */
export function readSourceTree(root: string): SourceTree {
  const files = new Map<string, string>();
  const visit = (path: string): void => {
    if (statSync(join(root, path)).isDirectory()) {
      for (const name of readdirSync(join(root, path))) visit(`${path}/${name}`);
    } else if (readable.test(path)) {
      files.set(path, readFileSync(join(root, path), 'utf8'));
    }
  };
  for (const name of readdirSync(root)) {
    if (folders.includes(name) || (readable.test(name) && name !== 'package-lock.json'))
      visit(name);
  }
  return treeOf(files);
}

/** A small tree with a planted fault. */
export function plantTree(files: Readonly<Record<string, string>>): SourceTree {
  return treeOf(new Map(Object.entries(files)));
}

function treeOf(files: ReadonlyMap<string, string>): SourceTree {
  const parsed = new Map<string, ts.SourceFile>();
  const text = (path: string): string => {
    const found = files.get(path);
    if (found === undefined) throw new Error(`No file ${path}`);
    return found;
  };
  return {
    paths: [...files.keys()].sort(),
    has: (path) => files.has(path),
    text,
    source: (path) => {
      const source =
        parsed.get(path) ?? ts.createSourceFile(path, text(path), ts.ScriptTarget.ES2024, true);
      parsed.set(path, source);
      return source;
    },
  };
}

/** TypeScript files under some folders. */
export function typescriptIn(tree: SourceTree, ...roots: readonly string[]): readonly string[] {
  return tree.paths.filter(
    (path) => path.endsWith('.ts') && roots.some((root) => path.startsWith(`${root}/`)),
  );
}

/** `path:line`, counted from 1. */
export function placeOf(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

/** Every node of a file that fits, in the order of the text. */
export function findNodes<Found extends ts.Node>(
  root: ts.Node,
  fits: (node: ts.Node) => node is Found,
): readonly Found[] {
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    if (fits(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** Calls of a function by its plain name: `defineEvent(…)`. */
export function callsOf(root: ts.Node, name: string): readonly ts.CallExpression[] {
  return findNodes(root, ts.isCallExpression).filter(
    ({ expression }) => ts.isIdentifier(expression) && expression.text === name,
  );
}

/** Calls of a method by its name, whatever it is called on: `.decide(…)`. */
export function methodCallsOf(root: ts.Node, name: string): readonly ts.CallExpression[] {
  return findNodes(root, ts.isCallExpression).filter(
    ({ expression }) => ts.isPropertyAccessExpression(expression) && expression.name.text === name,
  );
}

/** The decorator of that name as its call, where the node carries it. */
export function decoratorOf(node: ts.Node, name: string): ts.CallExpression | undefined {
  if (!ts.canHaveDecorators(node)) return undefined;
  return (ts.getDecorators(node) ?? [])
    .map(({ expression }) => expression)
    .filter(ts.isCallExpression)
    .find(({ expression }) => ts.isIdentifier(expression) && expression.text === name);
}

/** The property of an object literal, by name. */
export function propertyOf(
  literal: ts.Expression | undefined,
  name: string,
): ts.ObjectLiteralElementLike | undefined {
  if (!literal || !ts.isObjectLiteralExpression(literal)) return undefined;
  return literal.properties.find((property) => property.name && nameOf(property.name) === name);
}

/** The text of a name or string literal; otherwise its source. */
export function nameOf(node: ts.PropertyName | ts.Expression): string {
  return ts.isIdentifier(node) || ts.isStringLiteralLike(node) ? node.text : node.getText();
}

export interface ImportedFile {
  /** Path from the root of what the specifier names, `.ts` put back. */
  readonly path: string;
  readonly typeOnly: boolean;
}

/** Our own files that a file names in an import, a re-export or a dynamic import. */
export function importsOf(tree: SourceTree, path: string): readonly ImportedFile[] {
  const source = tree.source(path);
  const statements = source.statements.filter(
    (node) => ts.isImportDeclaration(node) || ts.isExportDeclaration(node),
  );
  const fixed = statements.flatMap((node) =>
    node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)
      ? [{ specifier: node.moduleSpecifier.text, typeOnly: isTypeOnly(node) }]
      : [],
  );
  const dynamic = findNodes(source, ts.isCallExpression)
    .filter(({ expression }) => expression.kind === ts.SyntaxKind.ImportKeyword)
    .flatMap(({ arguments: [first] }) =>
      first && ts.isStringLiteralLike(first) ? [{ specifier: first.text, typeOnly: false }] : [],
    );
  return [...fixed, ...dynamic]
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, typeOnly }) => ({ path: resolveFrom(path, specifier), typeOnly }));
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function resolveFrom(path: string, specifier: string): string {
  const { pathname } = new URL(specifier, `file:///${path}`);
  return pathname.slice(1).replace(/\.js$/, '.ts');
}

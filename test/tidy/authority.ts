import ts from 'typescript';
import { parse } from 'yaml';

import {
  callsOf,
  decoratorOf,
  findNodes,
  importsOf,
  methodCallsOf,
  nameOf,
  placeOf,
  type Rule,
  type SourceTree,
  typescriptIn,
} from './source-tree.js';

const rulesFile = 'policies/authority.yaml';
const decisionPoint = 'src/authority/';

/** The actions that `policies/authority.yaml` has rules for. */
function ruledActions(tree: SourceTree): ReadonlySet<string> {
  if (!tree.has(rulesFile)) return new Set();
  const policy = parse(tree.text(rulesFile)) as { actions?: readonly { action: string }[] };
  return new Set((policy.actions ?? []).map(({ action }) => action));
}

/** Commands all; queries where they disclose, which is where they reach `.disclose(`. */
export const commandsNameTheirAction: Rule = (tree) =>
  typescriptIn(tree, 'src')
    .filter((path) => /\.(command|query)\.ts$/.test(path))
    .flatMap((path) => findNodes(tree.source(path), ts.isClassDeclaration))
    .filter((node) => isBusMessage(tree, node))
    .filter((node) => !decoratorOf(node, 'Authorized'))
    .map((node) => `${placeOf(node)} ${node.name?.text ?? 'class'} has no @Authorized action`);

function isBusMessage(tree: SourceTree, node: ts.ClassDeclaration): boolean {
  const parents = (node.heritageClauses ?? []).flatMap(({ types }) => [...types]);
  const names = parents.map(({ expression }) => expression.getText());
  if (names.includes('Command')) return true;
  const file = node.getSourceFile();
  return (
    names.includes('Query') && methodCallsOf(tree.source(file.fileName), 'disclose').length > 0
  );
}

export const authorizedActionsHaveRules: Rule = (tree) => {
  const ruled = ruledActions(tree);
  return typescriptIn(tree, 'src')
    .flatMap((path) => callsOf(tree.source(path), 'Authorized'))
    .flatMap((call) => [...call.arguments])
    .filter((action) => !ruled.has(nameOf(action)))
    .map((action) => `${placeOf(action)} ${nameOf(action)} has no rule in ${rulesFile}`);
};

/**
 * Authority is asked in the handler, or in a file of its own context that the handler calls; the
 * route is not the place, since the same command arrives from a conversation.
 */
export const handlersAskAuthority: Rule = (tree) =>
  typescriptIn(tree, 'src')
    .filter((path) => path.endsWith('.handler.ts') || isDisclosingQuery(tree, path))
    .filter((path) => !path.startsWith(decisionPoint))
    .filter((path) => !reach(tree, path).some((reached) => asksAuthority(tree, reached)))
    .map((path) => `${path}:1 changes or discloses without asking authority.decide`);

function isDisclosingQuery(tree: SourceTree, path: string): boolean {
  return path.endsWith('.query.ts') && methodCallsOf(tree.source(path), 'disclose').length > 0;
}

function asksAuthority(tree: SourceTree, path: string): boolean {
  return methodCallsOf(tree.source(path), 'decide').length > 0;
}

/** A file and those of its own context that it uses. */
function reach(tree: SourceTree, start: string): readonly string[] {
  const context = /^src\/[^/]+\//.exec(start)?.[0] ?? start;
  const reached = new Set([start]);
  for (const path of reached) {
    for (const { path: next, typeOnly } of importsOf(tree, path)) {
      if (!typeOnly && next.startsWith(context) && tree.has(next)) reached.add(next);
    }
  }
  return [...reached];
}

/** Writes go through AuditedTransaction: nobody else opens a transaction or takes a repository. */
export const writesGoThroughTheRunner: Rule = (tree) => {
  const injections = ['InjectRepository', 'InjectDataSource', 'InjectEntityManager'];
  const calls = ['createQueryRunner', 'getRepository', 'startTransaction', 'transaction', 'save'];
  return typescriptIn(tree, 'src')
    .filter((path) => !/^src\/(platform|ledger)\//.test(path))
    .flatMap((path) => [
      ...injections.flatMap((name) => callsOf(tree.source(path), name)),
      ...calls.flatMap((name) => methodCallsOf(tree.source(path), name)).filter(isOnDatabase),
    ])
    .map((node) => `${placeOf(node)} ${node.expression.getText()} goes past AuditedTransaction`);
};

const databaseNames = /(manager|repository|dataSource|database|runner|connection)$/i;

function isOnDatabase(call: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(call.expression)) return false;
  return databaseNames.test(call.expression.expression.getText());
}

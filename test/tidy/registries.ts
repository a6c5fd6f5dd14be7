import ts from 'typescript';

import {
  callsOf,
  nameOf,
  placeOf,
  propertyOf,
  type Rule,
  type SourceTree,
  typescriptIn,
} from './source-tree.js';

// What other programs rely on: problem codes and event types. Both are permanent once released.

interface Registered {
  readonly name: string;
  readonly node: ts.Node;
  readonly definition: ts.Expression | undefined;
}

const permanentName = /^[a-z][a-z0-9]*([_-][a-z0-9]+)*(\.[a-z][a-z0-9]*([_-][a-z0-9]+)*)+$/;

function problemsIn(tree: SourceTree): readonly Registered[] {
  return typescriptIn(tree, 'src')
    .flatMap((path) => callsOf(tree.source(path), 'defineProblems'))
    .flatMap(({ arguments: [definitions] }) =>
      definitions && ts.isObjectLiteralExpression(definitions) ? [...definitions.properties] : [],
    )
    .filter(ts.isPropertyAssignment)
    .map((node) => ({ name: nameOf(node.name), node, definition: node.initializer }));
}

function eventsIn(tree: SourceTree): readonly Registered[] {
  return typescriptIn(tree, 'src')
    .flatMap((path) => callsOf(tree.source(path), 'defineEvent'))
    .map((node) => {
      const [type, definition] = node.arguments;
      return { name: type ? nameOf(type) : '', node, definition };
    });
}

export const problemCodesAreUnique: Rule = (tree) => repeated(problemsIn(tree), 'Problem code');

export const problemCodesAreDocumented: Rule = (tree) => [
  ...incomplete(problemsIn(tree), ['status', 'title', 'when']),
  ...undocumented(tree, problemsIn(tree), 'docs/problems.md'),
];

export const eventTypesAreUnique: Rule = (tree) => repeated(eventsIn(tree), 'Event type');

export const eventTypesAreDocumented: Rule = (tree) => [
  ...incomplete(eventsIn(tree), ['description', 'detail']),
  ...undocumented(tree, eventsIn(tree), 'docs/audit-events.md'),
];

/** An outcome built from a bare literal instead of a registered constructor must name a known type. */
export const reportedEventsAreRegistered: Rule = (tree) => {
  const known = new Set(eventsIn(tree).map(({ name }) => name));
  return typescriptIn(tree, 'src')
    .flatMap((path) =>
      ['committed', 'refused', 'failed', 'disclosed'].flatMap((kind) =>
        callsOf(tree.source(path), kind),
      ),
    )
    .flatMap((call) => call.arguments.slice(1))
    .flatMap((draft) => {
      const type = propertyOf(draft, 'type');
      if (!type || !ts.isPropertyAssignment(type)) return [];
      const name = nameOf(type.initializer);
      return known.has(name)
        ? []
        : [`${placeOf(type)} reports ${name}, which no context registers`];
    });
};

/** Registries stand where a reader looks for them. */
export const registriesStandInTheirFiles: Rule = (tree) =>
  [
    ['defineProblems', '.problems.ts', 'src/platform/problem.ts'],
    ['defineEvent', '.events.ts', 'src/ledger/audit-event.ts'],
  ].flatMap(([call = '', suffix = '', definition]) =>
    typescriptIn(tree, 'src')
      .filter((path) => path !== definition && !path.endsWith(suffix))
      .flatMap((path) => callsOf(tree.source(path), call))
      .map((node) => `${placeOf(node)} calls ${call} outside <context>${suffix}`),
  );

function repeated(all: readonly Registered[], what: string): readonly string[] {
  const seen = new Set<string>();
  return all.flatMap(({ name, node }) => {
    const faults = permanentName.test(name)
      ? []
      : [`${placeOf(node)} ${what} ${name} is not <noun>.<state>`];
    if (seen.has(name)) faults.push(`${placeOf(node)} ${what} ${name} stands twice`);
    seen.add(name);
    return faults;
  });
}

function incomplete(all: readonly Registered[], members: readonly string[]): readonly string[] {
  return all.flatMap(({ name, node, definition }) =>
    members
      .filter((member) => !propertyOf(definition, member))
      .map((member) => `${placeOf(node)} ${name} lacks ${member}`),
  );
}

function undocumented(
  tree: SourceTree,
  all: readonly Registered[],
  page: string,
): readonly string[] {
  const text = tree.has(page) ? tree.text(page) : '';
  return all
    .filter(({ name }) => !text.includes(`\`${name}\``))
    .map(({ name, node }) => `${placeOf(node)} ${name} is missing from ${page}`);
}

/**
 * The dependency rule: import only from your left, across contexts only through `index.js`.
 * `test/dependency-rules.spec.ts` plants one fault for each rule.
 */

/** The one total order. A context may import from itself and from those before it. */
const contexts = [
  'redaction',
  'platform',
  'ledger',
  'policy',
  'authority',
  'audit',
  'privacy',
  'notifications',
  'banking',
  'identity',
  'verification',
  'cases',
  'intents',
  'conversations',
  'reports',
];

const anyOf = (names) => `^src/(${names.join('|')})/`;

/** One rule a context, so that a report says who looked to the right of whom. */
const onlyFromTheLeft = contexts.slice(0, -1).map((context, place) => ({
  name: `only-from-the-left-of-${context}`,
  severity: 'error',
  comment: `${context} may import only from: ${['itself', ...contexts.slice(0, place)].join(', ')}`,
  from: { path: anyOf([context]) },
  to: { path: anyOf(contexts.slice(place + 1)) },
}));

const betweenContexts = [
  {
    name: 'only-through-the-index',
    severity: 'error',
    comment: "Across contexts only the public face, '../<context>/index.js'.",
    from: { path: '^src/([^/]+)/' },
    to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
  },
  {
    name: 'root-only-through-the-index',
    severity: 'error',
    comment: 'The application module and the entry point know contexts by their public face.',
    from: { path: '^src/[^/]+\\.ts$' },
    to: { path: '^src/[^/]+/', pathNot: '^src/[^/]+/index\\.ts$' },
  },
  {
    name: 'context-imports-the-root',
    severity: 'error',
    comment: 'A context knows nothing of the application that it is part of.',
    from: { path: '^src/[^/]+/' },
    to: { path: '^src/[^/]+\\.ts$' },
  },
  {
    name: 'known-contexts-only',
    severity: 'error',
    comment: 'A new context takes a place in the order first.',
    from: {},
    to: { path: '^src/[^/]+/', pathNot: anyOf(contexts) },
  },
  {
    name: 'index-shows-no-handler',
    severity: 'error',
    comment: 'Index files export commands, queries, events, ids, types and the module.',
    from: { path: '^src/[^/]+/index\\.ts$' },
    to: { path: '\\.handler\\.ts$' },
  },
  {
    name: 'ledger-tree-is-pure',
    severity: 'error',
    comment: 'A verifier can be lifted out and run elsewhere: nothing but node:crypto.',
    from: { path: '^src/ledger/tree/' },
    to: { pathNot: ['^src/ledger/tree/', '^(node:)?crypto$'] },
  },
];

const outside = [
  {
    name: 'connections-only-in-platform',
    severity: 'error',
    comment: 'Connections are made in platform, which hands them out by name; types may travel.',
    from: { path: '^src/', pathNot: '^src/platform/' },
    to: { path: 'node_modules/(pg|pg-boss|pg-pool)/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'product-imports-no-test',
    severity: 'error',
    comment: 'What ships stands without test/.',
    from: { path: '^(src|migrations|scripts|bench)/' },
    to: { path: '^test/' },
  },
  {
    name: 'product-imports-no-tool',
    severity: 'error',
    comment: 'What src and migrations need at run time is a dependency, not a devDependency.',
    from: { path: '^(src|migrations)/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'product-imports-no-script',
    severity: 'error',
    comment: 'Scripts and benchmarks use the product, never the other way.',
    from: { path: '^(src|migrations)/' },
    to: { path: '^(scripts|bench)/' },
  },
  {
    name: 'migrations-are-literal',
    severity: 'error',
    comment: 'A released migration must not change because code it imports did.',
    from: { path: '^migrations/' },
    to: { path: '^(src|scripts|bench)/' },
  },
  {
    name: 'packages-are-declared',
    severity: 'error',
    comment: 'Every package used is named in package.json.',
    from: { path: '^(src|migrations|scripts|bench|test)/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'imports-resolve',
    severity: 'error',
    comment: 'Nothing is imported that is not there.',
    from: { path: '^(src|migrations|scripts|bench|test)/' },
    to: { couldNotResolve: true },
  },
];

const shape = [
  {
    name: 'no-cycles',
    severity: 'error',
    comment: 'Types count too: a cycle means that two files are one idea.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-orphans',
    severity: 'error',
    comment: 'A file that imports nothing and that nobody imports is dead.',
    from: { orphan: true, path: '^src/', pathNot: '^src/main\\.ts$' },
    to: {},
  },
];

module.exports = {
  forbidden: [...onlyFromTheLeft, ...betweenContexts, ...outside, ...shape],
  required: [
    {
      name: 'handlers-write-the-ledger',
      severity: 'error',
      comment:
        'No write without an audit event: a handler reaches the database through the ledger.',
      module: { path: '^src/.+\\.handler\\.ts$', pathNot: '^src/ledger/' },
      to: { path: '^src/ledger/index\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    moduleSystems: ['es6', 'cjs'],
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};

// Read by the generators and tests; the tool refuses properties that it does not know and sees none.
Object.defineProperty(module.exports, 'contexts', { value: contexts, enumerable: false });

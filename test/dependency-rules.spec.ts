import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import {
  cruise,
  type ICruiseOptions,
  type ICruiseResult,
  type IFlattenedRuleSet,
} from 'dependency-cruiser';

// Each rule is shown to fire: a small tree with one planted fault is cruised with the very
// configuration that `npm run deps:check` uses.
const require = createRequire(import.meta.url);
const configuration = require('../.dependency-cruiser.cjs') as IFlattenedRuleSet & {
  contexts: readonly string[];
  options: Record<string, unknown>;
};

type Tree = Readonly<Record<string, string>>;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probity-rules-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const onlyFromTheLeft = 'only-from-the-left-of-';
const surroundings: Tree = {
  'package.json': JSON.stringify({
    type: 'module',
    dependencies: { pg: '1.0.0' },
    devDependencies: { 'fast-check': '1.0.0' },
  }),
  ...emptyPackage('pg'),
  ...emptyPackage('fast-check'),
  ...emptyPackage('undeclared'),
};

function emptyPackage(name: string): Tree {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({
      name,
      version: '1.0.0',
      main: 'index.js',
    }),
    [`node_modules/${name}/index.js`]: 'export class Client {}\nexport default {};',
  };
}

const ledger: Tree = { 'src/ledger/index.ts': 'export const committed = 1;' };
const empty = 'export const nothing = 1;';

const plantedFaults: readonly (readonly [rule: string, fault: string, tree: Tree])[] = [
  [
    'only-through-the-index',
    'a file behind the index of another context',
    {
      'src/cases/open-case.ts': "import '../ledger/receipt.js';",
      'src/ledger/receipt.ts': empty,
    },
  ],
  [
    'only-from-the-left-of-ledger',
    'a type from the right',
    {
      'src/ledger/sealer.ts': "import type { nothing } from '../cases/index.js';",
      'src/cases/index.ts': empty,
    },
  ],
  [
    'root-only-through-the-index',
    'the application module reaching behind an index',
    {
      'src/app.module.ts': "import './cases/cases.module.js';",
      'src/cases/cases.module.ts': empty,
    },
  ],
  [
    'context-imports-the-root',
    'a context importing the application module',
    { 'src/cases/index.ts': "import '../app.module.js';", 'src/app.module.ts': empty },
  ],
  [
    'known-contexts-only',
    'a folder without a place in the order',
    { 'src/app.module.ts': "import './utils/index.js';", 'src/utils/index.ts': empty },
  ],
  [
    'index-shows-no-handler',
    'a handler in a public face',
    {
      ...ledger,
      'src/cases/index.ts': "export * from './open-case.handler.js';",
      'src/cases/open-case.handler.ts': "export * from '../ledger/index.js';",
    },
  ],
  [
    'ledger-tree-is-pure',
    'a node module other than crypto in the tree',
    { 'src/ledger/tree/hash.ts': "import 'node:fs';" },
  ],
  [
    'ledger-tree-is-pure',
    'a neighbour of the tree',
    { 'src/ledger/tree/hash.ts': "import '../sealer.js';", 'src/ledger/sealer.ts': empty },
  ],
  [
    'connections-only-in-platform',
    'a driver outside platform',
    { 'src/cases/count-cases.ts': "import { Client } from 'pg';\nexport const c = Client;" },
  ],
  [
    'product-imports-no-test',
    'a test file in the product',
    { 'src/main.ts': "import '../test/support/app.js';", 'test/support/app.ts': empty },
  ],
  [
    'product-imports-no-tool',
    'a devDependency in the product',
    { 'src/main.ts': "import fc from 'fast-check';\nexport const f = fc;" },
  ],
  [
    'product-imports-no-script',
    'a script in the product',
    { 'src/main.ts': "import '../scripts/demo.js';", 'scripts/demo.ts': empty },
  ],
  [
    'migrations-are-literal',
    'a migration that imports the product',
    {
      'migrations/1790000000000-create-cases.ts': "import '../src/cases/index.js';",
      'src/cases/index.ts': empty,
    },
  ],
  [
    'packages-are-declared',
    'a package that package.json does not name',
    { 'src/main.ts': "import 'undeclared';" },
  ],
  ['imports-resolve', 'a file that is not there', { 'src/main.ts': "import './gone.js';" }],
  [
    'no-cycles',
    'two files that import each other',
    { 'src/cases/a.ts': "import './b.js';", 'src/cases/b.ts': "import './a.js';" },
  ],
  ['no-orphans', 'a file that nobody imports', { 'src/cases/forgotten.ts': empty }],
  [
    'handlers-write-the-ledger',
    'a handler that never reaches the ledger',
    {
      'src/cases/cases.module.ts': "import './open-case.handler.js';",
      'src/cases/open-case.handler.ts': empty,
    },
  ],
];

describe('the dependency rule', () => {
  it('is silent over a tree that keeps it', async () => {
    const fired = await cruiseOver({
      ...ledger,
      'src/main.ts': "import './app.module.js';",
      'src/app.module.ts': "import './cases/index.js';",
      'src/cases/index.ts': "export * from './open-case.command.js';\nimport './cases.module.js';",
      'src/cases/cases.module.ts': "import './open-case.handler.js';",
      'src/cases/open-case.command.ts': empty,
      'src/cases/open-case.handler.ts':
        "import { committed } from '../ledger/index.js';\nimport './open-case.command.js';\nexport const execute = committed;",
    });
    expect(fired).toEqual([]);
  });

  it.each(configuration.contexts)(
    'lets %s import what stands to its left and nothing else',
    async (from) => {
      const others = configuration.contexts.filter((other) => other !== from);
      const violations = await listViolations({
        [`src/${from}/index.ts`]: others
          .map((other) => `import '../${other}/index.js';`)
          .join('\n'),
        ...Object.fromEntries(others.map((other) => [`src/${other}/index.ts`, empty])),
      });
      const place = configuration.contexts.indexOf(from);
      const right = configuration.contexts
        .slice(place + 1)
        .map((context) => `src/${context}/index.ts`);
      expect(violations.map(({ to }) => to).sort()).toEqual(right.sort());
      expect(new Set(violations.map(({ rule }) => rule.name)).size).toBe(Math.min(right.length, 1));
    },
  );

  it.each(plantedFaults)('%s refuses %s', async (rule, _fault, tree) => {
    expect(await cruiseOver(tree)).toContain(rule);
  });

  it('lets the type of a connection travel', async () => {
    const fired = await cruiseOver({
      'src/cases/count-cases.ts': "import type { Client } from 'pg';\nexport type C = Client;",
    });
    expect(fired).toEqual([]);
  });

  it('lets the ledger write its own handlers and the tree hash', async () => {
    const fired = await cruiseOver({
      'src/ledger/index.ts': "export * from './ledger.module.js';",
      'src/ledger/ledger.module.ts': "import './seal-now.handler.js';",
      'src/ledger/seal-now.handler.ts': "import './seal.js';",
      'src/ledger/seal.ts': "export * from './tree/hash.js';",
      'src/ledger/tree/hash.ts': "export { createHash } from 'node:crypto';",
    });
    expect(fired).toEqual([]);
  });

  it('plants a fault for every rule it has', () => {
    const rules = [...(configuration.forbidden ?? []), ...(configuration.required ?? [])];
    const names = rules.map(({ name }) => name ?? '');
    const planted = new Set(plantedFaults.map(([rule]) => rule));
    const unplanted = names.filter(
      (name) => !planted.has(name) && !name.startsWith(onlyFromTheLeft),
    );
    expect(unplanted).toEqual([]);
  });
});

/** The rules that fired, each once. */
async function cruiseOver(tree: Tree): Promise<readonly string[]> {
  return [...new Set((await listViolations(tree)).map(({ rule }) => rule.name))];
}

/** Writes the tree with what every tree needs, and cruises it. */
async function listViolations(tree: Tree): Promise<ICruiseResult['summary']['violations']> {
  for (const [path, text] of Object.entries({ ...surroundings, ...tree })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { options, forbidden, required } = configuration;
  const { enhancedResolveOptions, tsConfig: _, ...rest } = options;
  const { output } = await cruise(
    topFolders(tree),
    {
      ...rest,
      baseDir: folder,
      validate: true,
      ruleSet: { forbidden, required },
    } as ICruiseOptions,
    { ...(enhancedResolveOptions as object), bustTheCache: true },
  );
  return (output as ICruiseResult).summary.violations;
}

function topFolders(tree: Tree): string[] {
  return [...new Set(Object.keys(tree).map((path) => path.split('/')[0] ?? ''))];
}

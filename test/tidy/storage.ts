import ts from 'typescript';

import { migrationDigest } from '../../scripts/migration-digest.js';
import {
  decoratorOf,
  findNodes,
  nameOf,
  placeOf,
  propertyOf,
  type Rule,
  type SourceTree,
  typescriptIn,
} from './source-tree.js';

const columnDecorators = [
  'Column',
  'PrimaryColumn',
  'PrimaryGeneratedColumn',
  'CreateDateColumn',
  'UpdateDateColumn',
  'DeleteDateColumn',
  'VersionColumn',
];
const classes = ['public', 'internal', 'personal', 'secret'];
/** Both hold ciphertext or keyed digests only. */
const sealedClasses = ['personal', 'secret'];

interface Column {
  readonly property: ts.PropertyDeclaration;
  readonly decorator: ts.CallExpression;
  readonly classification: string | undefined;
}

function columnsIn(tree: SourceTree): readonly Column[] {
  return typescriptIn(tree, 'src')
    .flatMap((path) => findNodes(tree.source(path), ts.isClassDeclaration))
    .filter((entity) => decoratorOf(entity, 'Entity'))
    .flatMap((entity) => entity.members.filter(ts.isPropertyDeclaration))
    .flatMap((property) => {
      const decorator = columnDecorators.map((name) => decoratorOf(property, name)).find(Boolean);
      const [classification] = decoratorOf(property, 'Classified')?.arguments ?? [];
      return decorator
        ? [{ property, decorator, classification: classification && nameOf(classification) }]
        : [];
    });
}

export const columnsAreClassified: Rule = (tree) =>
  columnsIn(tree)
    .filter(({ classification }) => !classes.includes(classification ?? ''))
    .map(({ property }) => `${placeOf(property)} ${property.name.getText()} is not classified`);

export const personalColumnsAreSealed: Rule = (tree) =>
  columnsIn(tree)
    .filter(({ classification }) => sealedClasses.includes(classification ?? ''))
    .filter(({ decorator }) => columnType(decorator) !== 'bytea')
    .map(
      ({ property, classification }) =>
        `${placeOf(property)} ${property.name.getText()} is ${classification ?? ''} and not bytea`,
    );

function columnType(decorator: ts.CallExpression): string | undefined {
  const [first] = decorator.arguments;
  if (first && ts.isStringLiteralLike(first)) return first.text;
  const type = propertyOf(first, 'type');
  return type && ts.isPropertyAssignment(type) ? nameOf(type.initializer) : undefined;
}

/** Aggregates refer to one another by id; a two-way relation is an import cycle. */
export const entitiesHaveNoRelations: Rule = (tree) =>
  typescriptIn(tree, 'src')
    .flatMap((path) => findNodes(tree.source(path), ts.isPropertyDeclaration))
    .filter((property) =>
      ['OneToMany', 'ManyToOne', 'OneToOne', 'ManyToMany'].some((name) =>
        decoratorOf(property, name),
      ),
    )
    .map(
      (property) => `${placeOf(property)} ${property.name.getText()} is a relation; keep the id`,
    );

const migrationPath = /^migrations\/[^/]+\.ts$/;
const migrationName = /^migrations\/\d{13}-[a-z]+(-[a-z0-9]+)+\.ts$/;
/** Digests of what was released, written by `npm run migrations:release`. */
const releasedFile = 'migrations/released.json';

export const releasedMigrationsAreUnchanged: Rule = (tree) => {
  if (!tree.has(releasedFile)) return [`${releasedFile}:1 is missing`];
  const released = JSON.parse(tree.text(releasedFile)) as Readonly<Record<string, string>>;
  return Object.entries(released).flatMap(([name, digest]) => {
    const path = `migrations/${name}`;
    if (!tree.has(path)) return [`${path}:1 was released and is gone`];
    if (migrationDigest(tree.text(path)) === digest) return [];
    return [`${path}:1 was released and has changed; write a new migration instead`];
  });
};

export const migrationsAreNamedInOrder: Rule = (tree) => {
  const paths = tree.paths.filter((path) => migrationPath.test(path));
  const stamps = paths.map((path) => path.slice('migrations/'.length).slice(0, 13));
  return paths.flatMap((path, index) => [
    ...(migrationName.test(path) ? [] : [`${path}:1 is not <timestamp>-<verb>-<object>.ts`]),
    ...(stamps.indexOf(stamps[index] ?? '') === index ? [] : [`${path}:1 repeats a timestamp`]),
  ]);
};

/** The schema changes by literal SQL alone. */
export const schemaIsNeverSynchronized: Rule = (tree) =>
  typescriptIn(tree, 'src', 'migrations', 'scripts', 'bench', 'test')
    .flatMap((path) => findNodes(tree.source(path), ts.isPropertyAssignment))
    .filter(
      ({ name, initializer }) =>
        nameOf(name) === 'synchronize' && initializer.getText() !== 'false',
    )
    .map((node) => `${placeOf(node)} lets TypeORM change the schema`);

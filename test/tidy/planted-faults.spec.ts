import {
  authorizedActionsHaveRules,
  commandsNameTheirAction,
  handlersAskAuthority,
  writesGoThroughTheRunner,
} from './authority.js';
import * as house from './house.js';
import {
  eventTypesAreDocumented,
  eventTypesAreUnique,
  problemCodesAreDocumented,
  problemCodesAreUnique,
  registriesStandInTheirFiles,
  reportedEventsAreRegistered,
} from './registries.js';
import { routesAreDocumented, routesHaveSchemas, routesSayWhoMayCome } from './routes.js';
import { rules } from './rules.js';
import { plantTree, type Rule } from './source-tree.js';
import {
  columnsAreClassified,
  entitiesHaveNoRelations,
  migrationsAreNamedInOrder,
  personalColumnsAreSealed,
  releasedMigrationsAreUnchanged,
  schemaIsNeverSynchronized,
} from './storage.js';

// A rule that cannot fail proves nothing: each is shown a tree with its fault, and the same tree mended.

interface Planted {
  readonly rule: Rule;
  readonly fault: Readonly<Record<string, string>>;
  /** What the one finding says. */
  readonly says: RegExp;
  /** Laid over the fault, it leaves nothing to find; null takes a file away. */
  readonly mended: Readonly<Record<string, string | null>>;
}

const problem = (code: string): string =>
  `export const p = defineProblems({ '${code}': { status: 409, title: 'T', when: 'W' } });`;
const event = (type: string): string =>
  `export const e = defineEvent('${type}', { description: 'D', detail: z.strictObject({}) });`;
const lines = (count: number): string => 'void 0;\n'.repeat(count);
const controller = (body: string): string => `@Controller('v1') export class Cases { ${body} }`;
const entity = (column: string): string => `@Entity('cases') export class Case { ${column} }`;
/** In two parts, so that this file keeps the rules it proves. */
const lintOff = 'eslint-' + 'disable';
const handler = 'src/cases/open-case.handler.ts';

const registryFaults: readonly Planted[] = [
  {
    rule: problemCodesAreUnique,
    fault: {
      'src/cases/cases.problems.ts': problem('case.closed'),
      'src/reports/reports.problems.ts': problem('case.closed'),
    },
    says: /case\.closed stands twice/,
    mended: { 'src/reports/reports.problems.ts': problem('report.closed') },
  },
  {
    rule: problemCodesAreUnique,
    fault: { 'src/cases/cases.problems.ts': problem('caseClosed') },
    says: /is not <noun>\.<state>/,
    mended: { 'src/cases/cases.problems.ts': problem('case.closed') },
  },
  {
    rule: problemCodesAreDocumented,
    fault: {
      'src/cases/cases.problems.ts': problem('case.closed'),
      'docs/problems.md': '`case.open`',
    },
    says: /is missing from docs\/problems\.md/,
    mended: { 'docs/problems.md': '`case.closed`' },
  },
  {
    rule: eventTypesAreUnique,
    fault: {
      'src/cases/cases.events.ts': `${event('case.opened')}\n${event('case.opened')}`,
    },
    says: /case\.opened stands twice/,
    mended: { 'src/cases/cases.events.ts': event('case.opened') },
  },
  {
    rule: eventTypesAreDocumented,
    fault: {
      'src/cases/cases.events.ts': "defineEvent('case.opened', { detail: none });",
      'docs/audit-events.md': '`case.opened`',
    },
    says: /lacks description/,
    mended: { 'src/cases/cases.events.ts': event('case.opened') },
  },
  {
    rule: reportedEventsAreRegistered,
    fault: { [handler]: "export const o = committed(view, { type: 'case.opend', detail: {} });" },
    says: /reports case\.opend, which no context registers/,
    mended: { 'src/cases/cases.events.ts': event('case.opend') },
  },
  {
    rule: registriesStandInTheirFiles,
    fault: { [handler]: event('case.opened') },
    says: /calls defineEvent outside <context>\.events\.ts/,
    mended: { [handler]: '', 'src/cases/cases.events.ts': event('case.opened') },
  },
];

const routeFaults: readonly Planted[] = [
  ...['Body', 'Query', 'Param'].map((input) => ({
    rule: routesHaveSchemas,
    fault: { 'src/cases/c.ts': controller(`@Post() open(@${input}() input: Input) {}`) },
    says: new RegExp(`@${input} of open has no schema`),
    mended: {
      'src/cases/c.ts': controller(`@Post() open(@${input}({ schema: s }) input: Input) {}`),
    },
  })),
  {
    rule: routesSayWhoMayCome,
    fault: { 'src/cases/c.ts': controller('@Get() list() {}') },
    says: /list says not who may come/,
    mended: { 'src/cases/c.ts': controller("@Get() @Authenticated('staff') list() {}") },
  },
  {
    rule: routesAreDocumented,
    fault: { 'src/cases/c.ts': controller('@Get() list() {}') },
    says: /list has no @ApiRoute/,
    mended: { 'src/cases/c.ts': controller('@Get() @ApiRoute({}) list() {}') },
  },
];

const authorityFaults: readonly Planted[] = [
  {
    rule: commandsNameTheirAction,
    fault: { 'src/cases/open-case.command.ts': 'export class OpenCase extends Command<View> {}' },
    says: /OpenCase has no @Authorized action/,
    mended: {
      'src/cases/open-case.command.ts':
        "@Authorized('case.open') export class OpenCase extends Command<View> {}",
    },
  },
  {
    rule: commandsNameTheirAction,
    fault: {
      'src/cases/get-case.query.ts':
        'export class GetCase extends Query<View> {}\nthis.audited.disclose(actor, work);',
    },
    says: /GetCase has no @Authorized action/,
    mended: { 'src/cases/get-case.query.ts': 'export class GetCase extends Query<View> {}' },
  },
  {
    rule: authorizedActionsHaveRules,
    fault: {
      'src/cases/open-case.command.ts': "@Authorized('case.open') export class OpenCase {}",
      'policies/authority.yaml': 'actions:\n  - action: case.read\n',
    },
    says: /case\.open has no rule/,
    mended: { 'policies/authority.yaml': 'actions:\n  - action: case.open\n' },
  },
  {
    rule: handlersAskAuthority,
    fault: {
      [handler]: "import { opening } from './opening.js';\nexport const execute = opening;",
      'src/cases/opening.ts': 'export const opening = 1;',
    },
    says: /without asking authority\.decide/,
    mended: { 'src/cases/opening.ts': 'export const opening = () => authority.decide(tx, actor);' },
  },
  {
    rule: handlersAskAuthority,
    fault: {
      'src/cases/get-case.query.ts': 'export const q = () => audited.disclose(actor, work);',
    },
    says: /without asking authority\.decide/,
    mended: {
      'src/cases/get-case.query.ts':
        'export const q = () => audited.disclose(actor, () => authority.decide(tx, actor));',
    },
  },
  {
    rule: writesGoThroughTheRunner,
    fault: { [handler]: 'void this.dataSource.transaction(work);' },
    says: /goes past AuditedTransaction/,
    mended: { [handler]: 'void this.audited.run(actor, work);' },
  },
];

const storageFaults: readonly Planted[] = [
  {
    rule: columnsAreClassified,
    fault: { 'src/cases/case.entity.ts': entity("@Column('text') state!: string;") },
    says: /state is not classified/,
    mended: {
      'src/cases/case.entity.ts': entity("@Column('text') @Classified('internal') state!: string;"),
    },
  },
  {
    rule: personalColumnsAreSealed,
    fault: {
      'src/cases/case.entity.ts': entity("@Column('text') @Classified('personal') phone!: string;"),
    },
    says: /phone is personal and not bytea/,
    mended: {
      'src/cases/case.entity.ts': entity(
        "@Column('bytea') @Classified('personal') phone!: Buffer;",
      ),
    },
  },
  {
    rule: entitiesHaveNoRelations,
    fault: { 'src/cases/case.entity.ts': entity('@ManyToOne(() => Other) other!: Other;') },
    says: /other is a relation/,
    mended: { 'src/cases/case.entity.ts': entity('otherId!: string;') },
  },
  {
    rule: releasedMigrationsAreUnchanged,
    fault: {
      'migrations/released.json':
        '{"1-create-a.ts":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}',
      'migrations/1-create-a.ts': 'DROP',
    },
    says: /was released and has changed/,
    mended: { 'migrations/1-create-a.ts': '' },
  },
  {
    rule: releasedMigrationsAreUnchanged,
    fault: { 'migrations/released.json': '{"1-create-a.ts":"00"}' },
    says: /was released and is gone/,
    mended: { 'migrations/released.json': '{}' },
  },
  {
    rule: migrationsAreNamedInOrder,
    fault: {
      'migrations/1790000000000-create-cases.ts': '',
      'migrations/1790000000000-create-notes.ts': '',
      'migrations/1790000000100-cases.ts': '',
    },
    says: /repeats a timestamp|is not <timestamp>/,
    mended: {
      'migrations/1790000000000-create-notes.ts': null,
      'migrations/1790000000100-cases.ts': null,
    },
  },
  {
    rule: schemaIsNeverSynchronized,
    fault: { 'src/platform/open.ts': 'open({ synchronize: true });' },
    says: /lets TypeORM change the schema/,
    mended: { 'src/platform/open.ts': 'open({ synchronize: false });' },
  },
];

const wordFaults: readonly Planted[] = [
  '// TO' + 'DO: later',
  '// It is simp' + 'ly so.',
  '// Note ' + 'that it is so.',
].map((comment) => ({
  rule: house.wordsSaySomething,
  fault: { 'src/cases/a.ts': comment },
  says: /^src\/cases\/a\.ts:1 /,
  mended: { 'src/cases/a.ts': '// TO' + 'DO(#12): once the index exists.' },
}));

const houseFaults: readonly Planted[] = [
  ...wordFaults,
  {
    rule: house.environmentIsReadInConfigOnly,
    fault: { 'src/cases/a.ts': 'export const port = process.env.PORT;' },
    says: /reads the environment/,
    mended: { 'src/cases/a.ts': '', 'src/platform/config.ts': 'export const e = process.env;' },
  },
  {
    rule: house.environmentIsReadInConfigOnly,
    fault: { 'scripts/a.ts': 'export const port = process.env.PORT;' },
    says: /reads the environment/,
    mended: { 'scripts/a.ts': "spawn('npm', { env: { ...process.env } });" },
  },
  {
    rule: house.nothingIsExportedByDefault,
    fault: { 'src/cases/a.ts': 'export default class A {}' },
    says: /is a default export/,
    mended: { 'src/cases/a.ts': 'export class A {}' },
  },
  {
    rule: house.nothingIsExportedByDefault,
    fault: { 'src/cases/a.ts': 'const a = 1;\nexport { a as default };' },
    says: /^src\/cases\/a\.ts:2 is a default export/,
    mended: { 'src/cases/a.ts': 'export const a = 1;' },
  },
  {
    rule: house.filesAreShort,
    fault: { 'src/cases/a.ts': lines(501) },
    says: /has 501 lines/,
    mended: { 'src/cases/a.ts': lines(500) },
  },
  {
    rule: house.functionsAreShort,
    fault: { 'test/cases/a.spec.ts': `it('is', () => {\n${lines(69)}});` },
    says: /is a function of 71 lines/,
    mended: { 'test/cases/a.spec.ts': `describe('A', () => {\n${lines(200)}});` },
  },
  {
    rule: house.disabledLintHasAReason,
    fault: { 'src/cases/a.ts': `// ${lintOff}-next-line no-console` },
    says: /without rule or reason/,
    mended: {
      'src/cases/a.ts': `// ${lintOff}-next-line no-console -- the console is its task.`,
    },
  },
  {
    rule: house.disabledLintHasAReason,
    fault: { 'src/cases/a.ts': `/* ${lintOff} no-console -- for the whole file */` },
    says: /without rule or reason/,
    mended: { 'src/cases/a.ts': '' },
  },
  {
    rule: house.foldersAreNamedByTheField,
    fault: { 'src/cases/utils/dates.ts': '' },
    says: /says nothing/,
    mended: { 'src/cases/utils/dates.ts': null, 'src/cases/dates.ts': '' },
  },
  {
    rule: house.contextsShowAFace,
    fault: { 'src/cases/case.ts': '' },
    says: /src\/cases\/index\.ts:1 is missing/,
    mended: { 'src/cases/index.ts': '/** Owns cases. */' },
  },
  {
    rule: house.contextsShowAFace,
    fault: { 'src/cases/index.ts': "export * from './case.js';" },
    says: /opens without a paragraph/,
    mended: { 'src/cases/index.ts': '/** Owns cases. */' },
  },
  {
    rule: house.noFileIsDead,
    fault: { 'src/main.ts': '', 'src/cases/dead.ts': '' },
    says: /dead\.ts:1 is reached from no entry point/,
    mended: { 'src/main.ts': "await import('./cases/dead.js');" },
  },
  {
    rule: house.noFileIsDead,
    fault: { 'src/main.ts': '', 'src/cases/thread.ts': '' },
    says: /thread\.ts:1 is reached from no entry point/,
    mended: { 'src/main.ts': "new Worker(new URL('./cases/thread.js', import.meta.url));" },
  },
  {
    rule: house.connectionsAreMadeInPlatform,
    fault: { 'src/cases/a.ts': 'export const pool = new Pool();' },
    says: /makes a connection outside platform/,
    mended: { 'src/cases/a.ts': '', 'src/platform/a.ts': 'export const pool = new Pool();' },
  },
  {
    rule: house.testsAllRun,
    fault: { 'test/a.spec.ts': 'it.sk' + "ip('is', () => {});" },
    says: /keeps tests from running/,
    mended: { 'test/a.spec.ts': "it('is', () => {});" },
  },
  {
    rule: house.testNamesAreSentencesInThePresent,
    fault: { 'test/a.spec.ts': "it('should open', () => {});" },
    says: /says what should be/,
    mended: { 'test/a.spec.ts': "it('opens', () => {});" },
  },
  {
    rule: house.busCarriesNoEvents,
    fault: { 'src/cases/a.ts': "import { EventsHandler as Heard } from '@nestjs/cqrs';" },
    says: /may lose what it carries/,
    mended: { 'src/cases/a.ts': "import { CommandHandler } from '@nestjs/cqrs';" },
  },
  {
    rule: house.timeComesFromTheClock,
    fault: { 'src/cases/a.ts': 'export const at = new Date();' },
    says: /goes past the clock/,
    mended: { 'src/cases/a.ts': 'export const at = new Date(0);' },
  },
];

const planted = [
  ...registryFaults,
  ...routeFaults,
  ...authorityFaults,
  ...storageFaults,
  ...houseFaults,
].map((fault): [string, Planted] => [String(fault.says), fault]);

describe('the rules over the source', () => {
  it.each(planted)('find what %s describes', (_, { rule, fault, says }) => {
    const findings = rule(plantTree(fault));
    expect(findings).not.toEqual([]);
    for (const finding of findings) expect(finding).toMatch(says);
  });

  it.each(planted)(
    'find nothing once what %s describes is mended',
    (_, { rule, fault, mended }) => {
      const files = Object.entries({ ...fault, ...mended });
      const kept = files.flatMap(([path, text]) => (text === null ? [] : [[path, text] as const]));
      expect(rule(plantTree(Object.fromEntries(kept)))).toEqual([]);
    },
  );

  it('each have a planted fault', () => {
    const proven = new Set(planted.map(([, { rule }]) => rule));
    const unproven = Object.entries(rules).filter(([, rule]) => !proven.has(rule));
    expect(unproven.map(([name]) => name)).toEqual([]);
  });
});

// The house's rules that a linter can see. Formatting belongs to Prettier, the import order of the
// contexts to dependency-cruiser, and what needs the whole tree to test/tidy.spec.ts.
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const PARAMETERS_MAX = 3;
const INJECTED_MAX = 5;
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 500;
const DEPTH_MAX = 3;

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'No default exports: a thing has one name, the one it is declared with.',
};
const noDefaultReexport = {
  selector: 'ExportSpecifier[exported.name="default"]',
  message: 'No default exports: a thing has one name, the one it is declared with.',
};
const noEnum = {
  selector: 'TSEnumDeclaration',
  message: 'Closed sets are `as const` unions with an exhaustive switch.',
};
const fewParameters = {
  selector: [
    `FunctionDeclaration[params.length>${PARAMETERS_MAX}]`,
    `ArrowFunctionExpression[params.length>${PARAMETERS_MAX}]`,
    `:not(MethodDefinition[kind="constructor"], MethodDefinition[decorators.length>0]) > FunctionExpression[params.length>${PARAMETERS_MAX}]`,
    `TSMethodSignature[params.length>${PARAMETERS_MAX}]`,
    `:not(MethodDefinition[kind="constructor"]) > TSEmptyBodyFunctionExpression[params.length>${PARAMETERS_MAX}]`,
  ].join(', '),
  message: `At most ${PARAMETERS_MAX} parameters: pass an object with names instead.`,
};
// The framework fills these one by one: a constructor's dependencies, a route's parts of the request.
const fewInjected = {
  selector: ['[kind="constructor"]', '[decorators.length>0]']
    .map((which) => `MethodDefinition${which} > FunctionExpression[params.length>${INJECTED_MAX}]`)
    .join(', '),
  message: `At most ${INJECTED_MAX} injected dependencies: this class does more than one thing.`,
};
const noEnvironment = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message: 'The environment is read in src/platform/config.ts only; take the typed config.',
};
const noSingleVariable = {
  selector:
    'MemberExpression[object.type="MemberExpression"][object.object.name="process"][object.property.name="env"]',
  message: 'Read settings through the typed config; only hand the whole environment to a child.',
};
const housePatterns = [noDefaultExport, noDefaultReexport, noEnum, fewParameters, fewInjected];

const noEventBus = {
  name: '@nestjs/cqrs',
  importNames: [
    'EventsHandler',
    'Saga',
    'AggregateRoot',
    'EventBus',
    'EventPublisher',
    'IEventHandler',
  ],
  message:
    'The in-memory event bus may lose events: report through AuditedTransaction or the outbox.',
};
const noProcessImport = {
  name: 'node:process',
  importNames: ['env'],
  message: 'The environment is read in src/platform/config.ts only; take the typed config.',
};
const noNestException = {
  group: ['@nestjs/common'],
  importNamePattern: 'Exception$',
  message: 'Problems have stable codes: return refused(…) or throw Problem from platform.',
};

/** Words that say nothing. `PersonalData` is the GDPR's own term and stays. */
const EMPTY_SUFFIX = '(Impl|Manager|Helper|Info|(?<!Personal)Data)$';

const naming = [
  { selector: 'default', format: null },
  {
    selector: 'interface',
    format: ['PascalCase'],
    custom: { regex: `^I[A-Z]|${EMPTY_SUFFIX}`, match: false },
  },
  { selector: 'class', format: ['PascalCase'], custom: { regex: EMPTY_SUFFIX, match: false } },
  { selector: ['typeAlias', 'typeParameter'], format: ['PascalCase'] },
  { selector: 'function', format: ['camelCase', 'PascalCase'] },
  { selector: 'classMethod', format: ['camelCase'] },
];

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/', '.data/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      'max-depth': ['error', DEPTH_MAX],
      'max-lines': ['error', FILE_LINES_MAX],
      'max-lines-per-function': ['error', FUNCTION_LINES_MAX],
      'no-console': 'error',
      'no-restricted-imports': 'off',
      'no-restricted-syntax': ['error', ...housePatterns, noEnvironment],
      '@typescript-eslint/naming-convention': ['error', ...naming],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [noEventBus, noProcessImport], patterns: [noNestException] },
      ],
      // Nest's modules and controllers are classes that only carry a decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `asId<CaseId>(text)`: a brand is named at the call.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Ports and config are classes so that Nest can inject by them; a literal of that shape is one.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    // The platform is where the framework's own exceptions are turned into problems.
    files: ['src/platform/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [noEventBus, noProcessImport] },
      ],
    },
  },
  {
    files: ['src/platform/config.ts'],
    rules: { 'no-restricted-syntax': ['error', ...housePatterns] },
  },
  {
    files: ['scripts/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'no-console': 'off',
      'no-restricted-syntax': ['error', ...housePatterns, noSingleVariable],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // `describe` callbacks are as long as their list of sentences; test/tidy.spec.ts measures the rest.
      'max-lines-per-function': 'off',
      'no-restricted-syntax': ['error', ...housePatterns],
      // HTTP bodies and Jest's asymmetric matchers are `any`; the matchers check them.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // A missing element fails the test just as well.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
);

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ESLint } from 'eslint';

// Each rule of the house that lint carries is shown to fire, in the place of a file that exists, so
// that types are known.

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lint = new ESLint({ cwd: root });

async function findingsIn(path: string, code: string): Promise<readonly string[]> {
  const [result] = await lint.lintText(code, { filePath: join(root, path) });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? 'parser'}: ${message}`);
}

const parameters = (count: number): string =>
  Array.from({ length: count }, (_, index) => `private readonly p${index}: string`).join(', ');

const planted: readonly (readonly [fault: string, code: string, finding: RegExp])[] = [
  [
    'a promise that nobody awaits',
    'export const work = async (): Promise<void> => Promise.resolve();\nwork();',
    /no-floating-promises/,
  ],
  [
    'a switch that forgets a member of a closed set',
    "export const f = (k: 'a' | 'b'): number => {\n  switch (k) {\n    case 'a':\n      return 1;\n  }\n  return 0;\n};",
    /switch-exhaustiveness-check/,
  ],
  ['an enum', 'export enum State { Open }', /as const/],
  ['a default export', 'export default function f(): void { return; }', /No default exports/],
  [
    'a fourth parameter',
    'export function f(a: number, b: number, c: number, d: number): number { return a + b + c + d; }',
    /At most 3 parameters/,
  ],
  [
    'a sixth injected dependency',
    `export class A { constructor(${parameters(6)}) {} }`,
    /At most 5/,
  ],
  ['the environment', 'export const port = process.env;', /config\.ts only/],
  ['the environment by import', "export { env } from 'node:process';", /config\.ts only/],
  [
    "an exception of Nest's",
    "import { NotFoundException } from '@nestjs/common';\nexport const e = new NotFoundException();",
    /stable codes/,
  ],
  [
    'the event bus',
    "import { EventsHandler } from '@nestjs/cqrs';\nexport const handler = EventsHandler;",
    /may lose events/,
  ],
  [
    'an interface that says it is one',
    'export interface ICase { readonly id: string }',
    /naming-convention/,
  ],
  ['a class that manages', 'export class CaseManager { readonly id = 1 }', /naming-convention/],
  ['any', 'export const f = (a: any): string => String(a);', /no-explicit-any/],
  [
    'a fourth level of nesting',
    'export function f(a: boolean): void {\n  if (a) {\n    while (a) {\n      for (;;) {\n        if (a) return;\n      }\n    }\n  }\n}',
    /max-depth/,
  ],
  [
    'a function of 71 lines',
    `export function f(): void {\n${'  f();\n'.repeat(69)}}`,
    /max-lines-per-function/,
  ],
];

describe('lint', () => {
  it.each(planted)('finds %s', async (_, code, finding) => {
    const findings = await findingsIn('src/app.module.ts', code);
    expect(findings.some((sentence) => finding.test(sentence))).toBe(true);
  });

  it('allows five injected dependencies, the config its environment, and a test its long list', async () => {
    const five = `export class A { constructor(${parameters(5)}) {} }`;
    expect(await findingsIn('src/app.module.ts', five)).not.toContainEqual(
      expect.stringMatching(/At most/),
    );
    expect(await findingsIn('src/platform/config.ts', 'export const e = process.env;')).toEqual([]);
    const long = `describe('A', () => {\n${"  it('is', () => undefined);\n".repeat(80)}});`;
    expect(await findingsIn('test/tidy.spec.ts', long)).toEqual([]);
  });
});

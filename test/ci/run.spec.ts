import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probity-ci-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const testsPass = "echo 'Tests:       1158 passed, 1158 total'";
const checkPasses = "echo 'check: 7 passed, 0 failed'";

describe('.ci/run', () => {
  it('installs, runs the test command and the check, and adds up what they say', async () => {
    const { lines, code } = await runWith({ ci: 'true', test: testsPass, check: checkPasses });
    expect(lines.filter((line) => line.startsWith('== '))).toEqual([
      '== npm ci',
      '== npm test',
      '== npm run check',
    ]);
    expect(lines.at(-1)).toBe('1165 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('fails with the tests, and still runs the check', async () => {
    const test = "echo 'Tests:       2 failed, 8 passed, 10 total' >&2; exit 1";
    const { lines, code } = await runWith({ ci: 'true', test, check: checkPasses });
    expect(lines.at(-1)).toBe('15 passed, 2 failed');
    expect(code).toBe(1);
  });

  it('counts a test run that ends without a summary as a failure', async () => {
    const { lines, code } = await runWith({ ci: 'true', test: 'exit 134', check: checkPasses });
    expect(lines.at(-1)).toBe('7 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('counts a suite that could not run although no test failed', async () => {
    const test = `${testsPass}; exit 1`;
    const { lines, code } = await runWith({ ci: 'true', test, check: checkPasses });
    expect(lines.at(-1)).toBe('1165 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('fails with the check', async () => {
    const check = "echo 'check: 6 passed, 1 failed'; exit 1";
    const { lines, code } = await runWith({ ci: 'true', test: testsPass, check });
    expect(lines.at(-1)).toBe('1164 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('stops where the installation fails', async () => {
    const { lines, code } = await runWith({ ci: 'exit 1', test: testsPass, check: checkPasses });
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
  });
});

interface Npm {
  readonly ci: string;
  readonly test: string;
  readonly check: string;
}

/** Runs the script in a folder of its own, with an npm that says what it is told to say. */
async function runWith(npm: Npm): Promise<{ lines: readonly string[]; code: number }> {
  const npmPath = join(folder, 'bin/npm');
  await mkdir(join(folder, '.ci'));
  await cp(join(root, '.ci/run'), join(folder, '.ci/run'));
  await mkdir(join(folder, 'bin'));
  await writeFile(
    npmPath,
    `#!/bin/sh\ncase "$*" in\nci) ${npm.ci} ;;\ntest) ${npm.test} ;;\n'run check') ${npm.check} ;;\n*) exit 64 ;;\nesac\n`,
  );
  await chmod(npmPath, 0o755);
  const { promise, resolve } = Promise.withResolvers<{ lines: string[]; code: number }>();
  const path = `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`;
  execFile('bash', [join(folder, '.ci/run')], { env: { PATH: path } }, (error, stdout) =>
    resolve({ lines: stdout.trimEnd().split('\n'), code: Number(error?.code ?? 0) }),
  );
  return promise;
}

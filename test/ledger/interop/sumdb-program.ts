import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = join(dirname(fileURLToPath(import.meta.url)), 'go');
const packages = ['golang.org/x/mod/sumdb/note', 'golang.org/x/mod/sumdb/tlog'];

/** Without modules, so that nothing is fetched: Debian keeps the sources of its packages in this path. */
const env = { GOPATH: '/usr/share/gocode', ...process.env, GO111MODULE: 'off', GOFLAGS: '' };

/** What the program ended with: 0 where all checked, 1 where it refused, 2 where it could not read. */
export interface SumdbAnswer {
  readonly code: number | null;
  readonly output: string;
}

export type Sumdb = (...args: readonly string[]) => SumdbAnswer;

/** Whether there is Go and its package `golang.org/x/mod`; where not, says so. */
export function isSumdbHere(): boolean {
  const isHere = run('go', ['list', ...packages]).code === 0;
  if (!isHere) {
    process.stdout.write(
      'SKIPPED: golang.org/x/mod/sumdb: install golang-go and golang-golang-x-mod-dev\n',
    );
  }
  return isHere;
}

/** Builds the Go program beside this file. */
export function buildSumdb(folder: string): Sumdb {
  const program = join(folder, 'sumdb');
  const built = run('go', ['build', '-o', program, '.']);
  if (built.code !== 0) throw new Error(built.output);
  return (...args) => run(program, args);
}

function run(program: string, args: readonly string[]): SumdbAnswer {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: source,
    env,
    encoding: 'utf8',
  });
  return { code: status, output: `${stdout}${stderr}` };
}

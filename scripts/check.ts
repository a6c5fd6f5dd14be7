import { spawn } from 'node:child_process';

/** What `npm run check` runs, in order; each is an npm script of its own. */
const steps = [
  'format:check',
  'lint',
  'types',
  'deps:check',
  'docs:check',
  'env:check',
  'licences',
] as const;

/** Runs every step, also after one has failed, so that one run shows all there is to mend. */
async function main(): Promise<void> {
  const failed: string[] = [];
  for (const step of steps) {
    const began = performance.now();
    const works = await run(step);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`check ${step}: ${works ? 'passed' : 'FAILED'} (${seconds} s)`);
    if (!works) failed.push(step);
  }
  console.log(`check: ${steps.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

function run(script: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn('npm', ['run', '--silent', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  child.on('error', () => resolve(false));
  child.on('close', (code) => resolve(code === 0));
  return promise;
}

await main();

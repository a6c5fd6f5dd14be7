import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export type Figures = Readonly<Record<string, number | string>>;

/** One benchmark: what it is called in `docs/benchmarks.md`, what it measures, and how. */
export interface Bench {
  readonly title: string;
  readonly about: string;
  readonly run: () => Promise<Figures>;
}

const bytesPerGigabyte = 2 ** 30;
const path = join(import.meta.dirname, '../../docs/benchmarks.md');
const introduction =
  'Each section is the last run of its benchmark: `npm run bench:ledger` for those of the ledger, ' +
  '`npm run bench` for the others. Ratios\ncompare what ran in one run; absolute figures belong to the machine.\n\n';

/** Runs benchmarks, prints their figures and puts them in the place of their last ones. */
export async function runBenches(benches: readonly Bench[]): Promise<void> {
  for (const { title, about, run } of benches) {
    process.stdout.write(`\n${title}\n`);
    const figures = await run();
    const rows = Object.entries(figures).map(([name, figure]) => {
      const value = typeof figure === 'number' ? Math.round(figure * 1000) / 1000 : figure;
      process.stdout.write(`  ${name.padEnd(64)} ${String(value)}\n`);
      return `| ${name} | ${String(value)} |`;
    });
    const text = [`_${machine()}_`, '', about, '', '| | |', '| --- | ---: |', ...rows, ''];
    await keepSection(title, text.join('\n'));
  }
}

function machine(): string {
  const gigabytes = Math.round(totalmem() / bytesPerGigabyte);
  return (
    `${String(availableParallelism())} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ` +
    `${String(gigabytes)} GB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`
  );
}

async function keepSection(title: string, text: string): Promise<void> {
  const [, ...sections] = (await readFile(path, 'utf8')).split(/^## /m);
  const kept = new Map(
    sections.map((section) => {
      const [name = '', ...lines] = section.split('\n');
      return [name, lines.join('\n').trim()] as const;
    }),
  );
  kept.set(title, text.trim());
  const body = [...kept].map(([name, content]) => `## ${name}\n\n${content}\n`).join('\n');
  await writeFile(path, `# Benchmarks\n\n${introduction}${body}`);
}

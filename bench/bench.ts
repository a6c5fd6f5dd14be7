import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';

import { runAppendBench } from './append.js';
import { runBalanceBench } from './balance.js';
import { runClassificationBench } from './classification.js';
import { runDecideBench } from './decide.js';

/** Runs every benchmark, prints the figures and keeps them in `docs/benchmarks.md`. Nothing is asserted. */
type Figures = Readonly<Record<string, number | string>>;

const benches: readonly { title: string; about: string; run: () => Promise<Figures> }[] = [
  {
    title: 'Audited appends',
    about:
      'Events per second through `AuditedTransaction`, sealed meanwhile, 32 connections, against the same row ' +
      'inserted without a ledger and against a lock on the chain head; with PostgreSQL as it is, and with ' +
      '`commit_delay = 1000`, `commit_siblings = 0` standing for a slower disk. Seal lag: commit to covering ' +
      'signed checkpoint.',
    run: runAppendBench,
  },
  {
    title: 'A balance through the gate',
    about:
      '`GET /v1/accounts/{id}/balance`, 32 connections, against a bare Fastify handler that runs the same ' +
      'statements in the same transaction, unsigned and unchecked, and against the bank’s SELECT alone. Client, ' +
      'services and database share the machine.',
    run: runBalanceBench,
  },
  {
    title: 'Classification',
    about: 'Milliseconds per message, one thread.',
    run: async () => ({ ...(await runClassificationBench()) }),
  },
  {
    title: 'Decisions',
    about: '`authority.decide` per second with the default policies, one thread.',
    run: async () => ({ ...(await runDecideBench()) }),
  },
];

const bytesPerGigabyte = 2 ** 30;
const machine =
  `${String(availableParallelism())} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ` +
  `${String(Math.round(totalmem() / bytesPerGigabyte))} GB, Node ${process.versions.node}, ` +
  new Date().toISOString().slice(0, 10);

const sections: string[] = [];
for (const { title, about, run } of benches) {
  process.stdout.write(`\n${title}\n`);
  const figures = await run();
  const rows = Object.entries(figures).map(([name, figure]) => {
    const value = typeof figure === 'number' ? Math.round(figure * 1000) / 1000 : figure;
    process.stdout.write(`  ${name.padEnd(56)} ${String(value)}\n`);
    return `| ${name} | ${String(value)} |`;
  });
  sections.push([`## ${title}`, '', about, '', '| | |', '| --- | ---: |', ...rows, ''].join('\n'));
}

const document = [
  '# Benchmarks',
  '',
  `The last run of \`npm run bench\` on ${machine}. Ratios compare what ran in this one run; absolute figures`,
  'belong to the machine.',
  '',
  ...sections,
].join('\n');
await writeFile(join(import.meta.dirname, '../../docs/benchmarks.md'), document);

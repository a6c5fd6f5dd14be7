import { runBalanceBench } from './balance.js';
import { runClassificationBench } from './classification.js';
import { runDecideBench } from './decide.js';
import { runRedactionBench } from './redaction.js';
import { runBenches } from './report.js';

/** `npm run bench`: runs every benchmark but the ledger's and keeps the figures. Nothing is asserted. */
await runBenches([
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
  {
    title: 'Redaction',
    about:
      'Megabytes of messages per second of processor time, one thread, and how doubling a text tells.',
    run: () => Promise.resolve({ ...runRedactionBench() }),
  },
]);

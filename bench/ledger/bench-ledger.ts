import { runBenches } from '../report.js';
import { runContest } from './contest.js';
import { runProofs } from './proofs.js';
import { runVerification } from './verification.js';

/** `npm run bench:ledger`: measures the ledger and keeps the figures. Nothing is asserted. */
await runBenches([
  {
    title: 'Audited transactions',
    about:
      'Business transactions per second, each with one update of an account’s balance, 32 connections, the sealer ' +
      'running in the same process: without an event, with the event’s row alone, audited and sealed with its ' +
      'receipt, and chained under a lock on the chain head that is taken as late as it can be, pipelined like the ' +
      'others and with a round trip for each statement; the same events in all. With PostgreSQL as it is, and with ' +
      '`commit_siblings = 0` and a `commit_delay` of 1000 or 4000 µs standing for slower disks. Six rounds, ' +
      'each way a second in each; rates and ratios are medians over the rounds. Seal lag: commit to covering ' +
      'signed checkpoint.',
    run: runContest,
  },
  {
    title: 'Verification from tiles',
    about:
      'A published folder verified on all cores (signature, every leaf, link, tile and the root), against the ' +
      'bare SHA-256 calls that its tiles cost, over as many bytes in memory, on as many threads, in turns; ' +
      'medians of seven rounds, the ratio within a round. ' +
      'Each verification in a process of its own, whose peak memory is given.',
    run: runVerification,
  },
  {
    title: 'Proofs of inclusion',
    about:
      'One proof after the other from the database, tiles bulk-loaded, one connection; each proof is verified.',
    run: runProofs,
  },
]);

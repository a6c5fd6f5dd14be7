import { answerRanges, isExaminer } from '../src/ledger/verification/examiners.js';
import { exitCodes, runVerifier } from '../src/ledger/verification/command-line.js';

// The build makes one file of this module and all that it imports: `dist/ledger-verifier.mjs`. The
// same file is the program of its threads.
if (isExaminer()) {
  answerRanges();
} else {
  process.exitCode = await runVerifier({
    args: process.argv.slice(2),
    environment: process.env,
    workerProgram: new URL(import.meta.url),
    print: (text) => process.stdout.write(text),
  }).catch((error: unknown) => {
    // A file that may not be read, a disk that fails: nothing is said about the log.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.unverified;
  });
}

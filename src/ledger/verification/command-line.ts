import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import {
  type CheckpointTrust,
  type NoteVerifier,
  parseVerifierKey,
  parseWitnessPolicy,
  tileWidth,
  type WitnessPolicy,
} from '../tree/index.js';
import { formatReport, formatReportAsJson, type VerificationReport } from './report.js';
import { type LogLocation, LogUnreachable } from './tile-reader.js';
import { readVerifiedState, VerifiedStateError, writeVerifiedState } from './verified-state.js';
import { verifyBundle } from './verify-bundle.js';
import { reportOnProof } from './verify-proof.js';
import { type PublishedLogVerification, verifyPublishedLog } from './verify-published-log.js';
import { type KeptReceipt, parseReceipt } from './verify-receipt.js';

/** What the program ends with: sound, damaged, or nothing said because it could not be verified. */
export const exitCodes = { sound: 0, damaged: 1, unverified: 2 } as const;

/** Thrown for a call that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `Usage: ledger-verify <bundle | proof file | directory | url> --key <vkey> [options]

  --key <vkey>             a key of the log that you trust, as GET /v1/ledger/keys lists it; repeatable
  --keys <file>            such keys, one a line; witnesses' keys too
  --witness-policy <file>  logs, witnesses and quorum (C2SP tlog-policy)
  --from <file>            begin from what was verified last, and remember there what is verified now
  --minimum-index <n>      entries below it were let go: verify them by their hashes alone
  --receipt <file>         a receipt that is to be found kept; repeatable
  --index                  derive every commitment to the index of subjects and cases anew
  --json                   one JSON object instead of lines
  PROBITY_LEDGER_TOKEN     in the environment: the bearer token for a url

Ends with 0 where all is sound, 1 where it is not, 2 where it could not be verified.
`;

export interface CommandLine {
  /** What to verify; null where only options are given. */
  readonly subject: string | null;
  readonly isDatabase: boolean;
  /** Derive every commitment to the index anew too: a pass of its own, all keys in memory. */
  readonly isIndex: boolean;
  readonly trust: Required<CheckpointTrust>;
  readonly policy: WitnessPolicy | null;
  readonly statePath: string | null;
  /** Folder of archives, for a database that was pruned. */
  readonly archivePath: string | null;
  /** The entries below it were let go, as the operator says (C2SP tlog-tiles, pruning). */
  readonly minimumIndex: number;
  readonly isJson: boolean;
  /** Promises of the log. */
  readonly receipts: readonly KeptReceipt[];
}

const options = {
  receipt: { type: 'string', multiple: true },
  key: { type: 'string', multiple: true },
  keys: { type: 'string' },
  'witness-policy': { type: 'string' },
  from: { type: 'string' },
  archive: { type: 'string' },
  'minimum-index': { type: 'string', default: '0' },
  json: { type: 'boolean' },
  database: { type: 'boolean' },
  index: { type: 'boolean' },
} as const;

/** @throws UsageError where an option or a key is not understood. */
export async function parseCommandLine(args: readonly string[]): Promise<CommandLine> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new UsageError('One log at a time');
    const listed = values.keys === undefined ? '' : await readFile(values.keys, 'utf8');
    const path = values['witness-policy'];
    const policy = path === undefined ? null : parseWitnessPolicy(await readFile(path, 'utf8'));
    return {
      subject: positionals[0] ?? null,
      isDatabase: values.database === true,
      isIndex: values.index === true,
      trust: trustOf([...(values.key ?? []), ...linesOf(listed)].map(parseKey), policy),
      policy,
      statePath: values.from ?? null,
      archivePath: values.archive ?? null,
      minimumIndex: parseMinimumIndex(values['minimum-index']),
      isJson: values.json === true,
      receipts: await readReceipts(values.receipt ?? []),
    };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Entries go by whole tiles. */
function parseMinimumIndex(text: string): number {
  const index = Number(text);
  if (!/^\d{1,15}$/.test(text) || index % tileWidth !== 0)
    throw new UsageError(`Not a multiple of ${tileWidth}: --minimum-index ${text}`);
  return index;
}

async function readReceipts(paths: readonly string[]): Promise<KeptReceipt[]> {
  return Promise.all(paths.map(async (path) => parseReceipt(await readFile(path, 'utf8'))));
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

function parseKey(text: string): NoteVerifier {
  try {
    return parseVerifierKey(text);
  } catch (cause) {
    throw new UsageError(`Not a verifier key: ${text}`, { cause });
  }
}

/** A key that is named twice, by option and by policy, is still one key. */
function trustOf(
  keys: readonly NoteVerifier[],
  policy: WitnessPolicy | null,
): Required<CheckpointTrust> {
  const named = [...(policy?.logs ?? []), ...(policy?.witnesses ?? [])];
  const all = new Map<string, NoteVerifier>();
  for (const key of [...keys, ...named.map(({ verifier }) => verifier)]) {
    all.set(`${key.name}+${key.keyId.toString('hex')}`, key);
  }
  const ofType = (type: NoteVerifier['type']): NoteVerifier[] =>
    [...all.values()].filter((key) => key.type === type);
  return { logs: ofType('ed25519'), witnesses: ofType('cosignature') };
}

export interface VerifierProgram {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The program of the threads to hash in. */
  readonly workerProgram: URL;
  readonly print: (text: string) => void;
}

/** Verifies what the command line names, prints what was found, and answers the exit code. */
export async function runVerifier(program: VerifierProgram): Promise<number> {
  try {
    const line = await parseCommandLine(program.args);
    return printReport(await verifySubject(line, program), line, program);
  } catch (error) {
    const isForeseen =
      error instanceof UsageError ||
      error instanceof LogUnreachable ||
      error instanceof VerifiedStateError;
    if (!isForeseen) throw error;
    program.print(`${error.message}\n${error instanceof UsageError ? `\n${usage}` : ''}`);
    return exitCodes.unverified;
  }
}

export function printReport(
  report: VerificationReport,
  { isJson }: Pick<CommandLine, 'isJson'>,
  { print }: Pick<VerifierProgram, 'print'>,
): number {
  print(isJson ? formatReportAsJson(report) : formatReport(report));
  return report.isSound ? exitCodes.sound : exitCodes.damaged;
}

async function verifySubject(
  line: CommandLine,
  program: VerifierProgram,
): Promise<VerificationReport> {
  if (line.subject === null) throw new UsageError('Nothing to verify');
  if (line.archivePath !== null) throw new UsageError('An archive is read with --database only');
  if (line.trust.logs.length === 0) {
    throw new UsageError('Whose signature is to count? Give the log’s key by --key or --keys.');
  }
  if (await isFile(line.subject)) return verifyFile(line.subject, line);
  if (line.minimumIndex > 0 && (line.isIndex || line.receipts.length > 0))
    throw new UsageError('--receipt and --index need every entry: not with --minimum-index');
  const bearerToken = program.environment['PROBITY_LEDGER_TOKEN'];
  const location = await locate(line.subject);
  const verification = await verifyPublishedLog({
    location: { ...location, bearerToken, minimumIndex: line.minimumIndex },
    trust: line.trust,
    quorum: line.policy?.quorum,
    from: line.statePath === null ? null : await readVerifiedState(line.statePath),
    receipts: line.receipts,
    isIndex: line.isIndex,
    workerProgram: program.workerProgram,
  });
  if (line.statePath !== null && verification.verified) {
    await writeVerifiedState(line.statePath, verification.verified);
  }
  return reportOf(verification, line);
}

async function isFile(subject: string): Promise<boolean> {
  const found = await stat(subject).catch(() => null);
  return found?.isFile() === true;
}

/** A bundle, or the proof of one entry. */
async function verifyFile(path: string, line: CommandLine): Promise<VerificationReport> {
  const { trust, receipts } = line;
  // What is not heeded is refused: somebody relies on it.
  if (line.statePath !== null) throw new UsageError('--from is for a log, not for a file');
  if (line.minimumIndex > 0) throw new UsageError('--minimum-index is for a log, not for a file');
  if (line.isIndex) throw new UsageError('--index is for a log, not for a file');
  const quorum = line.policy?.quorum;
  if (!path.endsWith('.tlog-proof')) {
    return verifyBundle({ chunks: createReadStream(path), trust, quorum, receipts });
  }
  return reportOnProof({ file: await readFile(path, 'utf8'), trust, quorum, receipts });
}

async function locate(subject: string): Promise<LogLocation> {
  if (/^https?:\/\//.test(subject)) return { kind: 'url', at: subject };
  const found = await stat(subject).catch(() => null);
  if (found?.isDirectory()) return { kind: 'directory', at: subject };
  throw new UsageError(`Neither a file, a folder nor an address: ${subject}`);
}

function reportOf(
  verification: PublishedLogVerification,
  { minimumIndex }: Pick<CommandLine, 'minimumIndex'>,
): VerificationReport {
  const { isSound, damages, origin, treeSize, rootHash, witnesses, content } = verification;
  return {
    isSound,
    damages,
    facts: {
      log: origin ?? 'unknown',
      entries: treeSize,
      ...(minimumIndex > 0 ? { 'by hashes alone': `entries below ${minimumIndex}` } : {}),
      'root hash': rootHash.toString('base64'),
      'cosigned by': witnesses.length === 0 ? 'no known witness' : witnesses.join(', '),
      ...content?.receipts,
      ...(content?.index && {
        index: `${content.index.commitments} commitments over ${content.index.keys} keys derived anew`,
      }),
    },
    sentence: isSound
      ? 'The log is as it was signed.'
      : 'The log is NOT as it was signed, or not by whom you trust.',
  };
}

import { isRecord } from '../foreign-json.js';
import {
  appendLeaves,
  type Frontier,
  frontierLength,
  leafHash,
  noPreviousLeafHash,
  ProofError,
  rootOf,
  verifyConsistency,
} from '../tree/index.js';
import {
  BundleError,
  type BundleManifest,
  bundleFiles,
  entriesFile,
  type EntryRange,
  parseRange,
  recordOf,
} from './bundle.js';
import type { TarFile } from './tar.js';
import type { BundleCheck, BundleFindings } from './bundle-check.js';
import { eventTextOf, ReceiptError } from './verify-receipt.js';

/**
 * Checks the entries of a period: they stand in the log side by side, from `start` to `end`, and one
 * beyond either edge of the period shows that nothing of it is left out. The log is in the order of
 * sealing, which follows that of recording within seconds: an event that waited longer at an edge may
 * stand beyond that one.
 */
export class RangeCheck implements BundleCheck {
  #range: EntryRange | null = null;
  #frontier: Frontier | null = null;
  #previous: Buffer | null = null;
  #parts = 0;
  #withheld = 0;
  #matching = 0;
  /** Where the first and the last entry lie; of a withheld one that is not known. */
  #first: Side | null = null;
  #last: Side | null = null;

  constructor(private readonly findings: BundleFindings) {}

  take({ name, content }: TarFile): void {
    if (name === bundleFiles.range) {
      this.#begin(parseRange(content.toString()));
      return;
    }
    if (!this.#frontier) throw new BundleError('Entries before their range');
    if (name !== entriesFile(this.#parts)) throw new BundleError('Entries out of order');
    this.#parts += 1;
    const lines = splitLines(content);
    if (this.#indexAt(lines.length) > (this.#range?.end ?? 0))
      throw new BundleError('More entries than the range has');
    const leaves = lines.map((line, place) => this.#leafOf(line, this.#indexAt(place)));
    this.#frontier = appendLeaves(this.#frontier, leaves);
  }

  finish({ criteria, counts }: BundleManifest): void {
    const { damage, checkpoint } = this.findings;
    const [range, frontier, head] = [this.#range, this.#frontier, checkpoint()];
    if (criteria.kind !== 'period' || !range || !frontier || !head) {
      damage('file_missing', { file: bundleFiles.range });
      return;
    }
    if (!isProven(range, frontier, head)) damage('proof_wrong', { leafIndex: range.start });
    // The right side of each edge: entries from elsewhere in the log would show an empty period.
    if (range.start > 0 && this.#first !== 'before') {
      damage('edge_open', { leafIndex: range.start });
    }
    if (range.end < head.treeSize && this.#last !== 'after') {
      damage('edge_open', { leafIndex: range.end - 1 });
    }
    const isCounted =
      range.from === criteria.from &&
      range.to === criteria.to &&
      counts.entries === range.end - range.start &&
      counts.matching === this.#matching &&
      counts.withheld === this.#withheld;
    if (!isCounted) damage('manifest_forged', { file: bundleFiles.manifest });
  }

  #begin(range: EntryRange): void {
    if (range.frontier.length !== frontierLength(range.start))
      throw new BundleError('Not a frontier');
    if (range.end > (this.findings.checkpoint()?.treeSize ?? 0))
      throw new BundleError('The range ends beyond the checkpoint');
    this.#range = range;
    this.#frontier = { size: range.start, hashes: range.frontier };
    if (range.start === 0) this.#previous = noPreviousLeafHash;
  }

  #indexAt(place: number): number {
    return (this.#frontier?.size ?? 0) + place;
  }

  #leafOf(line: Buffer, index: number): Buffer {
    const parsed = parseLine(line);
    const hash = 'withheld' in parsed ? parsed.withheld : leafHash(line);
    if ('withheld' in parsed) {
      this.#withheld += 1;
      this.#judge(null);
    } else {
      const isInPlace = parsed.index === index && this.#follows(parsed.prev);
      if (!isInPlace) this.findings.damage('entry_out_of_place', { leafIndex: index });
      this.#judge(parsed.recordedAt);
      this.findings.show({ leafIndex: index, ...parsed });
    }
    this.#previous = hash;
    return hash;
  }

  /** What stood before the first entry is bound by its own hash alone. */
  #follows(prev: string): boolean {
    return this.#previous === null || this.#previous.toString('hex') === prev;
  }

  #judge(recordedAt: string | null): void {
    const side = recordedAt === null ? 'unknown' : sideOf(recordedAt, this.#range);
    if (side === 'within') this.#matching += 1;
    this.#first ??= side;
    this.#last = side;
  }
}

type Side = 'before' | 'within' | 'after' | 'unknown';

function sideOf(recordedAt: string, range: EntryRange | null): Side {
  const at = Date.parse(recordedAt);
  if (range === null || Number.isNaN(at)) return 'unknown';
  if (at < Date.parse(range.from)) return 'before';
  return at < Date.parse(range.to) ? 'within' : 'after';
}

function isProven(
  range: EntryRange,
  frontier: Frontier,
  head: { readonly treeSize: number; readonly rootHash: Buffer },
): boolean {
  const { end, consistencyProof } = range;
  // From an empty tree nothing would be proven.
  if (end === 0 || frontier.size !== end) return false;
  try {
    const statement = {
      first: end,
      second: head.treeSize,
      firstRoot: rootOf(frontier),
      secondRoot: head.rootHash,
    };
    verifyConsistency(statement, consistencyProof);
    return true;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}

const newline = 0x0a;

function splitLines(content: Buffer): Buffer[] {
  if (content.at(-1) !== newline) throw new BundleError('The last line has no end');
  const lines: Buffer[] = [];
  for (let at = 0; at < content.length;) {
    const end = content.indexOf(newline, at);
    lines.push(content.subarray(at, end));
    at = end + 1;
  }
  return lines;
}

type Line =
  | { readonly withheld: Buffer }
  | {
      readonly index: number;
      readonly prev: string;
      readonly id: string;
      readonly recordedAt: string;
      readonly text: string;
    };

/** @throws BundleError where the line is neither an entry nor the hash of one. */
export function parseLine(line: Buffer): Line {
  const { withheld, index, prev, event } = recordOf(line.toString());
  if (typeof withheld === 'string' && /^[0-9a-f]{64}$/.test(withheld)) {
    return { withheld: Buffer.from(withheld, 'hex') };
  }
  if (typeof index !== 'number' || typeof prev !== 'string' || !isRecord(event)) {
    throw new BundleError('Not an entry');
  }
  const { id, recordedAt } = event;
  if (typeof id !== 'string' || typeof recordedAt !== 'string')
    throw new BundleError('Not an event');
  return { index, prev, id, recordedAt, text: textOf(line) };
}

function textOf(line: Buffer): string {
  try {
    return eventTextOf(line);
  } catch (cause) {
    if (!(cause instanceof ReceiptError)) throw cause;
    throw new BundleError('Not an entry', { cause });
  }
}

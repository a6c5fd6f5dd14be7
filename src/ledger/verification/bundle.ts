import { type ForeignRecord, isCount, isRecord, parseRecord } from '../foreign-json.js';
import { decodeBase64 } from '../tree/base64.js';
import { hashBytes } from '../tree/index.js';

/**
 * An export bundle: one tape archive that holds events and all that shows that they are what the log
 * holds, to be checked by who trusts nothing but a public key.
 *
 *     checkpoint               the signed note, with the cosignatures of witnesses
 *     keys                     verifier keys of log and witnesses, one a line
 *     range.json               period: where the entries stand, and the proof of it
 *     entries/000000.jsonl …   period: the entries, one a line, each line the very bytes
 *     completeness.json        case or subject: all its entries, and the proof that there are no others
 *     proofs/<index>.tlog-proof  case or subject: a proof file for each entry, with the entry in it
 *     index.html               for people
 *     ledger-verifier.mjs      the verifier, where the service was built with it
 *     manifest.json            what was asked for, counts, and the SHA-256 of every file above
 *     manifest.note            the log's signature over the manifest
 *
 * An entry that is not shown stands as `{"withheld":"<leaf hash, hex>"}`: chain and tree go on.
 */
export const bundleFormat = 'probity-export/v1';

export const bundleFiles = {
  checkpoint: 'checkpoint',
  keys: 'keys',
  range: 'range.json',
  completeness: 'completeness.json',
  page: 'index.html',
  verifier: 'ledger-verifier.mjs',
  manifest: 'manifest.json',
  manifestNote: 'manifest.note',
} as const;

const entriesName = /^entries\/\d{6}\.jsonl$/;
const proofName = /^proofs\/(?:0|[1-9]\d{0,15})\.tlog-proof$/;

export function entriesFile(part: number): string {
  return `entries/${String(part).padStart(6, '0')}.jsonl`;
}

export function proofFileName(leafIndex: number): string {
  return `proofs/${leafIndex}.tlog-proof`;
}

export type BundleFileKind = 'entries' | 'proof' | 'fixed';

/** Null for a name that no bundle has: one that leads elsewhere, or hides. */
export function kindOfFile(name: string): BundleFileKind | null {
  if (entriesName.test(name)) return 'entries';
  if (proofName.test(name)) return 'proof';
  return Object.values<string>(bundleFiles).includes(name) ? 'fixed' : null;
}

/** The largest file of a bundle: a list of 20,000 events with their proofs. */
export const bundleFileBytesMax = 128 * 1024 * 1024;

/** What was asked for. */
export type ExportCriteria =
  /** Events recorded from `from` up to, and not at, `to`. */
  | { readonly kind: 'period'; readonly from: string; readonly to: string }
  | { readonly kind: 'subject' | 'case'; readonly id: string };

export interface BundleManifest {
  readonly format: typeof bundleFormat;
  readonly exportId: string;
  readonly createdAt: string;
  readonly criteria: ExportCriteria;
  readonly origin: string;
  readonly treeSize: number;
  /** Base64. */
  readonly rootHash: string;
  readonly counts: {
    readonly entries: number;
    readonly matching: number;
    readonly withheld: number;
  };
  /** Policy that was in force, as `name@version`, and its digest. */
  readonly policy: { readonly version: string; readonly digest: string };
  /** Hex. */
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

/** Where the entries of a period stand in the log. */
export interface EntryRange {
  /** The period, as in the criteria. */
  readonly from: string;
  readonly to: string;
  readonly start: number;
  /** Behind the last. */
  readonly end: number;
  /** Roots of the perfect subtrees left of `start`, largest first. */
  readonly frontier: readonly Buffer[];
  /** From the tree of `end` entries to that of the checkpoint (RFC 9162 §2.1.4). */
  readonly consistencyProof: readonly Buffer[];
}

/** Thrown for a file that is not what a bundle holds under that name. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/** What the log signs of a bundle: no checkpoint can be mistaken for it, nor it for one. */
export function manifestText(exportId: string, digest: Buffer): string {
  return `${bundleFormat}\n${exportId}\n${digest.toString('base64')}\n`;
}

export function formatRange(range: EntryRange): object {
  const { from, to, start, end, frontier, consistencyProof } = range;
  return {
    from,
    to,
    start,
    end,
    frontier: frontier.map((hash) => hash.toString('base64')),
    consistencyProof: consistencyProof.map((hash) => hash.toString('base64')),
  };
}

/** @throws BundleError */
export function parseRange(json: string): EntryRange {
  const { from, to, start, end, frontier, consistencyProof } = recordOf(json);
  const isWhole = isInstant(from) && isInstant(to) && isCount(start) && isCount(end);
  if (!isWhole || start > end) throw new BundleError('Not a range');
  const hashes = { frontier: hashesOf(frontier), consistencyProof: hashesOf(consistencyProof) };
  return { from, to, start, end, ...hashes };
}

/** @throws BundleError */
export function parseManifest(json: string): BundleManifest {
  const manifest = recordOf(json) as Partial<Record<keyof BundleManifest, unknown>>;
  const { format, exportId, criteria, origin, treeSize, rootHash, counts, files } = manifest;
  const { policy } = manifest;
  const texts = [exportId, origin, rootHash, manifest.createdAt];
  const isWhole =
    format === bundleFormat &&
    texts.every(isText) &&
    isCount(treeSize) &&
    isCriteria(criteria) &&
    isRecord(counts) &&
    [counts['entries'], counts['matching'], counts['withheld']].every(isCount) &&
    isRecord(policy) &&
    [policy['version'], policy['digest']].every(isText) &&
    Array.isArray(files) &&
    files.every(isFile);
  if (!isWhole) throw new BundleError('Not a manifest');
  return manifest as BundleManifest;
}

function isCriteria(value: unknown): value is ExportCriteria {
  if (!isRecord(value)) return false;
  const { kind, id, from, to } = value;
  if (kind === 'period') return isInstant(from) && isInstant(to);
  return (kind === 'subject' || kind === 'case') && isText(id);
}

function isInstant(value: unknown): value is string {
  return isText(value) && !Number.isNaN(Date.parse(value));
}

function isFile(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, bytes, sha256 } = value;
  return isText(name) && isCount(bytes) && isText(sha256) && /^[0-9a-f]{64}$/.test(sha256);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** @throws BundleError */
export function recordOf(json: string): ForeignRecord {
  const record = parseRecord(json);
  if (!record) throw new BundleError('Not an object of JSON');
  return record;
}

function hashesOf(value: unknown): Buffer[] {
  if (!Array.isArray(value)) throw new BundleError('Not a list of hashes');
  return value.map((item: unknown) => {
    const hash = isText(item) ? decodeBase64(item) : null;
    if (hash?.length !== hashBytes) throw new BundleError('Not a hash');
    return hash;
  });
}

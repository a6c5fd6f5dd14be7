import {
  type BundleManifest,
  bundleFiles,
  bundleFormat,
  canonicalJson,
  type CompletenessProof,
  entriesFile,
  type EntryRange,
  type ExportCriteria,
  formatCompletenessProof,
  formatProofFile,
  formatRange,
  formatTarFile,
  manifestText,
  parseCheckpoint,
  proofFileName,
  sha256,
  splitNote,
  tarEnd,
} from '../../ledger/index.js';
import { BundlePage } from './bundle-page.js';
import type { ExcerptEntry } from './log-excerpt.js';

/** All that a bundle is made of. */
export interface BundleParts {
  readonly exportId: string;
  readonly criteria: ExportCriteria;
  readonly createdAt: Date;
  /** The signed note to which everything in the bundle leads. */
  readonly checkpoint: string;
  /** Verifier keys of log and witnesses. */
  readonly keys: readonly string[];
  readonly policy: { readonly version: string; readonly digest: string };
  readonly content:
    | {
        readonly kind: 'period';
        readonly range: EntryRange;
        readonly entries: AsyncIterable<ExcerptEntry>;
      }
    | { readonly kind: 'list'; readonly proof: CompletenessProof };
  readonly isWithheld: (type: string) => boolean;
  /** The verifier's program, where the build has made it. */
  readonly verifier: Buffer | null;
  /** Signs a text as the log. */
  readonly sign: (text: string) => string;
}

/** Told when the bundle is complete. */
export type BundleCounts = BundleManifest['counts'];

/** As many bytes of entries as one file holds; a file is written when it is full. */
const partBytes = 1_048_576;

/** Writes a bundle as it is read, a file at a time. */
export async function* writeBundle(parts: BundleParts): AsyncGenerator<Buffer, BundleCounts> {
  const bundle = new BundleWriter(parts);
  yield bundle.file(bundleFiles.checkpoint, parts.checkpoint);
  yield bundle.file(bundleFiles.keys, `${parts.keys.join('\n')}\n`);
  if (parts.content.kind === 'period') yield* bundle.period(parts.content);
  else yield* bundle.list(parts.content.proof);
  yield* bundle.end();
  return bundle.counts;
}

class BundleWriter {
  readonly counts = { entries: 0, matching: 0, withheld: 0 };
  readonly #files: BundleManifest['files'][number][] = [];
  readonly #page = new BundlePage();

  constructor(private readonly parts: BundleParts) {}

  file(name: string, text: string | Buffer): Buffer {
    const content = Buffer.from(text);
    this.#files.push({ name, bytes: content.length, sha256: sha256(content).toString('hex') });
    return formatTarFile(name, content, this.parts.createdAt);
  }

  async *period({
    range,
    entries,
  }: Extract<BundleParts['content'], { kind: 'period' }>): AsyncGenerator<Buffer> {
    yield this.file(bundleFiles.range, canonicalJson(formatRange(range)));
    let [lines, bytes, part]: [string[], number, number] = [[], 0, 0];
    for await (const entry of entries) {
      const line = this.#lineOf(entry, range);
      lines.push(line);
      bytes += line.length;
      if (bytes < partBytes) continue;
      yield this.file(entriesFile(part), lines.join(''));
      [lines, bytes, part] = [[], 0, part + 1];
    }
    if (lines.length > 0) yield this.file(entriesFile(part), lines.join(''));
  }

  *list(proof: CompletenessProof): Generator<Buffer> {
    const shown = proof.entries.filter(
      ({ entry }) => !this.parts.isWithheld(typeOf(eventIn(entry))),
    );
    for (const { leafIndex, entry, inclusionProof } of shown) {
      const extra = Buffer.from(entry);
      const hashes = inclusionProof.map((hash) => Buffer.from(hash));
      const file = formatProofFile({
        leafIndex,
        proof: hashes,
        checkpoint: proof.checkpoint,
        extra,
      });
      this.#show(leafIndex, eventIn(entry));
      this.counts.entries += 1;
      yield this.file(proofFileName(leafIndex), file);
    }
    // The proof of completeness is over all events: it would name those that are withheld.
    if (shown.length < proof.entries.length) return;
    yield this.file(bundleFiles.completeness, canonicalJson(formatCompletenessProof(proof)));
  }

  *end(): Generator<Buffer> {
    const { exportId, criteria, createdAt, policy, verifier, sign } = this.parts;
    const head = parseCheckpoint(splitNote(this.parts.checkpoint).text);
    const common = {
      exportId,
      criteria,
      createdAt: createdAt.toISOString(),
      origin: head.origin,
      treeSize: head.treeSize,
      rootHash: head.rootHash.toString('base64'),
    };
    const { matching } = this.counts;
    yield this.file(bundleFiles.page, this.#page.format({ ...common, matching }));
    if (verifier) yield this.file(bundleFiles.verifier, verifier);
    const { counts } = this;
    const manifest = { ...common, format: bundleFormat, policy, counts, files: [...this.#files] };
    const text = canonicalJson(manifest);
    yield this.file(bundleFiles.manifest, text);
    yield this.file(bundleFiles.manifestNote, sign(manifestText(exportId, sha256(text))));
    yield tarEnd;
  }

  #lineOf({ leafIndex, entry, leafHash, event }: ExcerptEntry, range: EntryRange): string {
    this.counts.entries += 1;
    if (this.parts.isWithheld(typeOf(event))) {
      this.counts.withheld += 1;
      return `${canonicalJson({ withheld: leafHash.toString('hex') })}\n`;
    }
    const recordedAt = String(event['recordedAt']);
    if (recordedAt >= range.from && recordedAt < range.to) this.#show(leafIndex, event);
    return `${entry.toString()}\n`;
  }

  #show(leafIndex: number, event: Readonly<Record<string, unknown>>): void {
    this.counts.matching += 1;
    this.#page.add(leafIndex, event);
  }
}

function eventIn(entry: Uint8Array): Readonly<Record<string, unknown>> {
  const { event } = JSON.parse(Buffer.from(entry).toString()) as { event: Record<string, unknown> };
  return event;
}

function typeOf(event: Readonly<Record<string, unknown>>): string {
  return String(event['type']);
}

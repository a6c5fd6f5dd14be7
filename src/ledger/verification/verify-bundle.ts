import {
  CheckpointError,
  type CheckpointTrust,
  isQuorumReached,
  openCheckpoint,
  type OpenedCheckpoint,
  openNote,
  type Quorum,
  sha256,
  SignedNoteError,
} from '../tree/index.js';
import {
  bundleFileBytesMax,
  bundleFiles,
  BundleError,
  type BundleManifest,
  kindOfFile,
  manifestText,
  parseManifest,
} from './bundle.js';
import type { BundleFindings } from './bundle-check.js';
import { ListCheck } from './bundle-list.js';
import { type Damage, type DamageKind, damagesMax } from './damage.js';
import { RangeCheck } from './bundle-range.js';
import type { VerificationReport } from './report.js';
import { readTar, TarError, type TarFile } from './tar.js';
import { ReceiptCheck } from './receipt-check.js';
import type { KeptReceipt } from './verify-receipt.js';

export interface BundleToVerify {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The reader's own: a bundle that vouched for its own keys would prove nothing. */
  readonly trust: CheckpointTrust;
  /** How many witnesses must have cosigned; none where it is absent. */
  readonly quorum?: Quorum | undefined;
  /** Promises of the log that the bundle is to be held against. */
  readonly receipts?: readonly KeptReceipt[] | undefined;
}

/**
 * Verifies an export bundle with nothing but public keys, in the memory of its largest file: the
 * checkpoint's signatures, that every entry stands under it, that none of a period or list is left
 * out, and that no file was added, changed or dropped.
 */
export async function verifyBundle(bundle: BundleToVerify): Promise<VerificationReport> {
  return new BundleVerifier(bundle).verify();
}

class BundleVerifier {
  readonly #damages: Damage[] = [];
  readonly #digests = new Map<string, { bytes: number; sha256: string }>();
  readonly #range: RangeCheck;
  readonly #list: ListCheck;
  readonly #receipts: ReceiptCheck;
  #checkpoint: OpenedCheckpoint | null = null;
  #manifest: BundleManifest | null = null;
  #isSigned = false;

  constructor(private readonly bundle: BundleToVerify) {
    const findings: BundleFindings = {
      damage: (kind, where) => this.#damage(kind, where),
      show: (event) => this.#receipts.see(event),
      checkpoint: () => this.#checkpoint,
    };
    this.#receipts = new ReceiptCheck(bundle.receipts ?? [], bundle.trust.logs, findings.damage);
    this.#range = new RangeCheck(findings);
    this.#list = new ListCheck(findings, bundle.trust);
  }

  async verify(): Promise<VerificationReport> {
    try {
      for await (const file of readTar(this.bundle.chunks, bundleFileBytesMax)) this.#take(file);
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      this.#damage('bundle_broken');
    }
    this.#finish();
    return this.#report();
  }

  #take(file: TarFile): void {
    const { name, content } = file;
    const kind = kindOfFile(name);
    if (kind === null || this.#digests.has(name)) {
      this.#damage('file_unexpected', { file: printable(name) });
      return;
    }
    this.#digests.set(name, { bytes: content.length, sha256: sha256(content).toString('hex') });
    try {
      if (name === bundleFiles.checkpoint) this.#openCheckpoint(content.toString());
      else if (name === bundleFiles.manifest) this.#manifest = parseManifest(content.toString());
      else if (name === bundleFiles.manifestNote) this.#openManifestNote(content.toString());
      else if (kind === 'entries' || name === bundleFiles.range) this.#range.take(file);
      else if (kind === 'proof' || name === bundleFiles.completeness) this.#list.take(file);
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      this.#damage('file_malformed', { file: name });
    }
  }

  #openCheckpoint(note: string): void {
    const { trust, quorum } = this.bundle;
    try {
      this.#checkpoint = openCheckpoint(note, trust);
      const cosignedBy = this.#checkpoint.cosignatures.map(({ witness }) => witness);
      if (quorum && !isQuorumReached(quorum, cosignedBy)) this.#damage('checkpoint_unwitnessed');
    } catch (error) {
      if (!(error instanceof SignedNoteError || error instanceof CheckpointError)) throw error;
      this.#damage('checkpoint_forged');
    }
  }

  /** Stands behind the manifest, which stands behind all that it names. */
  #openManifestNote(note: string): void {
    const digest = this.#digests.get(bundleFiles.manifest)?.sha256 ?? '';
    const expected = manifestText(this.#manifest?.exportId ?? '', Buffer.from(digest, 'hex'));
    const logs = this.bundle.trust.logs.filter(({ name }) => name === this.#manifest?.origin);
    try {
      this.#isSigned = openNote(note, logs).text === expected;
    } catch (error) {
      if (!(error instanceof SignedNoteError)) throw error;
    }
  }

  #finish(): void {
    if (!this.#digests.has(bundleFiles.checkpoint)) this.#damage('checkpoint_missing');
    const manifest = this.#manifest;
    if (!manifest || !this.#isSigned) this.#damage('manifest_forged');
    if (!manifest) return;
    this.#compareFiles(manifest);
    if (!this.#checkpoint) return;
    const { origin, treeSize, rootHash } = this.#checkpoint;
    const isOfCheckpoint =
      manifest.origin === origin &&
      manifest.treeSize === treeSize &&
      manifest.rootHash === rootHash.toString('base64');
    if (!isOfCheckpoint) this.#damage('manifest_forged', { file: bundleFiles.checkpoint });
    (manifest.criteria.kind === 'period' ? this.#range : this.#list).finish(manifest);
    const { criteria } = manifest;
    if (criteria.kind !== 'period') return;
    const [from, to] = [Date.parse(criteria.from), Date.parse(criteria.to)];
    this.#receipts.finish((recordedAt) => recordedAt >= from && recordedAt < to);
  }

  #compareFiles({ files }: BundleManifest): void {
    const named = new Set<string>([bundleFiles.manifest, bundleFiles.manifestNote]);
    for (const { name, bytes, sha256: digest } of files) {
      named.add(name);
      const found = this.#digests.get(name);
      const file = printable(name);
      if (!found) this.#damage('file_missing', { file });
      else if (found.bytes !== bytes || found.sha256 !== digest)
        this.#damage('file_changed', { file });
    }
    for (const name of this.#digests.keys()) {
      if (!named.has(name)) this.#damage('file_unexpected', { file: name });
    }
  }

  #report(): VerificationReport {
    const manifest = this.#manifest;
    const isSound = this.#damages.length === 0;
    const witnesses = this.#checkpoint?.cosignatures.map(({ witness }) => witness.name) ?? [];
    return {
      isSound,
      damages: this.#damages,
      facts: {
        log: this.#checkpoint?.origin ?? 'unknown',
        'tree size': this.#checkpoint?.treeSize ?? 0,
        'cosigned by': witnesses.length === 0 ? 'no known witness' : witnesses.join(', '),
        ...(manifest && {
          'asked for': describeCriteria(manifest.criteria),
          events: manifest.counts.matching,
          withheld: manifest.counts.withheld,
        }),
        ...(this.#list.completeSize !== null && {
          'complete up to': `entry ${this.#list.completeSize - 1}`,
        }),
        ...this.#receipts.facts,
      },
      sentence: isSound
        ? 'The bundle is what the log holds, and nothing is left out.'
        : 'The bundle is NOT what the log holds, or not signed by whom you trust.',
    };
  }

  #damage(kind: DamageKind, where: Partial<Omit<Damage, 'kind'>> = {}): void {
    if (this.#damages.length >= damagesMax) return;
    this.#damages.push({ kind, leafIndex: null, eventId: null, ...where });
  }
}

function describeCriteria(criteria: BundleManifest['criteria']): string {
  return criteria.kind === 'period'
    ? `recorded from ${criteria.from} to ${criteria.to}`
    : `${criteria.kind} ${criteria.id}`;
}

/** A name may hold anything; a terminal is not to obey it. */
function printable(name: string): string {
  return JSON.stringify(name).slice(0, 120);
}

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
import type { BundleFindings, ShownEvent } from './bundle-check.js';
import { ListCheck } from './bundle-list.js';
import { type Damage, type DamageKind, damagesMax } from './damage.js';
import { RangeCheck } from './bundle-range.js';
import type { VerificationReport } from './report.js';
import { readTar, TarError, type TarFile } from './tar.js';
import { isEventOf, type KeptReceipt, ReceiptError, verifyReceipt } from './verify-receipt.js';

export interface BundleToVerify {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The reader's own: a bundle that vouched for its own keys would prove nothing. */
  readonly trust: CheckpointTrust;
  /** How many witnesses must have cosigned; none where it is absent. */
  readonly quorum?: Quorum | undefined;
  /** Promises of the log that the bundle is to be held against. */
  readonly receipts?: readonly KeptReceipt[] | undefined;
}

/** How long an event may wait for the sealer, by the promise that a receipt makes. */
const sealMillisecondsMax = 60_000;

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
  readonly #receipts = new Map<string, KeptReceipt>();
  readonly #kept = new Set<string>();
  #checkpoint: OpenedCheckpoint | null = null;
  #manifest: BundleManifest | null = null;
  #isSigned = false;
  #newestRecordedAt = '';

  constructor(private readonly bundle: BundleToVerify) {
    const findings: BundleFindings = {
      damage: (kind, where) => this.#damage(kind, where),
      show: (event) => this.#see(event),
      checkpoint: () => this.#checkpoint,
    };
    this.#range = new RangeCheck(findings);
    this.#list = new ListCheck(findings, bundle.trust);
  }

  async verify(): Promise<VerificationReport> {
    this.#takeReceipts();
    try {
      for await (const file of readTar(this.bundle.chunks, bundleFileBytesMax)) this.#take(file);
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      this.#damage('bundle_broken');
    }
    this.#finish();
    return this.#report();
  }

  #takeReceipts(): void {
    for (const receipt of this.bundle.receipts ?? []) {
      try {
        verifyReceipt(receipt, this.bundle.trust.logs);
        this.#receipts.set(receipt.eventId, receipt);
      } catch (error) {
        if (!(error instanceof ReceiptError)) throw error;
        this.#damage('receipt_forged', { eventId: receipt.eventId });
      }
    }
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
    this.#judgeReceipts(manifest);
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

  #see({ id, text, leafIndex, recordedAt }: ShownEvent): void {
    if (recordedAt > this.#newestRecordedAt) this.#newestRecordedAt = recordedAt;
    const receipt = this.#receipts.get(id);
    if (!receipt) return;
    if (isEventOf(receipt, text)) this.#kept.add(id);
    else this.#damage('receipt_broken', { leafIndex, eventId: id });
  }

  /** A period that goes on long after the promise, and does not hold its event, breaks it. */
  #judgeReceipts({ criteria }: BundleManifest): void {
    if (criteria.kind !== 'period') return;
    const newest = Date.parse(this.#newestRecordedAt);
    for (const { eventId, recordedAt } of this.#receipts.values()) {
      const at = Date.parse(recordedAt);
      const isWithin = at >= Date.parse(criteria.from) && at < Date.parse(criteria.to);
      const isDue = newest > at + sealMillisecondsMax;
      if (isWithin && isDue && !this.#kept.has(eventId))
        this.#damage('receipt_broken', { eventId });
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
        ...(this.#receipts.size > 0 && {
          'receipts kept': `${this.#kept.size} of ${this.#receipts.size}`,
        }),
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

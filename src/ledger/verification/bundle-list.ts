import {
  CheckpointError,
  type CheckpointTrust,
  leafHash,
  parseProofFile,
  type ProofFile,
  ProofError,
  ProofFileError,
  SignedNoteError,
  verifyProofFile,
} from '../tree/index.js';
import { BundleError, type BundleManifest, bundleFiles, proofFileName } from './bundle.js';
import { parseLine } from './bundle-range.js';
import {
  type CompletenessProof,
  parseCompletenessProof,
  verifyCompletenessProof,
} from './completeness-file.js';
import { CompletenessError } from './completeness.js';
import type { TarFile } from './tar.js';
import type { BundleCheck, BundleFindings } from './bundle-check.js';

/**
 * Checks the entries of a case or subject: each stands in the log, and the list of them is complete
 * up to the size that the log's own commitment names.
 */
export class ListCheck implements BundleCheck {
  /** Leaf hash in hex, by index. */
  readonly #proven = new Map<number, string>();
  #completeness: CompletenessProof | null = null;
  #completeSize: number | null = null;

  constructor(
    private readonly findings: BundleFindings,
    private readonly trust: CheckpointTrust,
  ) {}

  /** Up to which size of the log the list was shown to be complete: what came later is not in it. */
  get completeSize(): number | null {
    return this.#completeSize;
  }

  take(file: TarFile): void {
    if (file.name === bundleFiles.completeness) this.#completeness = completenessOf(file.content);
    else this.#takeProof(file);
  }

  finish({ criteria, counts, origin }: BundleManifest): void {
    if (!this.#completeness) {
      this.findings.damage('file_missing', { file: bundleFiles.completeness });
      return;
    }
    const { key, entries } = this.#completeness;
    const isAbout =
      criteria.kind !== 'period' && key.kind === criteria.kind && key.id === criteria.id;
    const isSame =
      entries.length === this.#proven.size &&
      entries.every(
        ({ leafIndex, entry }) => this.#proven.get(leafIndex) === leafHash(entry).toString('hex'),
      );
    if (!isAbout || !isSame || !this.#isComplete(this.#completeness, origin)) {
      this.findings.damage('list_incomplete', { file: bundleFiles.completeness });
    }
    const isCounted = counts.entries === entries.length && counts.matching === entries.length;
    if (!isCounted) this.findings.damage('manifest_forged', { file: bundleFiles.manifest });
  }

  #isComplete(proof: CompletenessProof, origin: string): boolean {
    try {
      const { checkpoint, treeSize } = verifyCompletenessProof(proof, {
        origin,
        verifiers: this.trust.logs,
      });
      this.#completeSize = treeSize;
      return checkpoint.rootHash.equals(this.findings.checkpoint()?.rootHash ?? Buffer.alloc(0));
    } catch (error) {
      if (isForeseen(error) || error instanceof CompletenessError) return false;
      throw error;
    }
  }

  #takeProof({ name, content }: TarFile): void {
    const proof = proofOf(content);
    const { leafIndex, extra } = proof;
    if (!extra || name !== proofFileName(leafIndex))
      throw new BundleError('Not the proof it is named');
    const line = parseLine(extra);
    if ('withheld' in line || line.index !== leafIndex) throw new BundleError('Not its entry');
    if (!this.#isProven(proof, extra))
      this.findings.damage('proof_wrong', { leafIndex, file: name });
    this.#proven.set(leafIndex, leafHash(extra).toString('hex'));
    this.findings.show({ leafIndex, ...line });
  }

  /** Under the bundle's own checkpoint: another one, even if signed, would be of another time. */
  #isProven(proof: ProofFile, entry: Buffer): boolean {
    try {
      const { text } = verifyProofFile(proof, entry, this.trust);
      return text === this.findings.checkpoint()?.text;
    } catch (error) {
      if (isForeseen(error)) return false;
      throw error;
    }
  }
}

function isForeseen(error: unknown): boolean {
  return (
    error instanceof SignedNoteError ||
    error instanceof CheckpointError ||
    error instanceof ProofError
  );
}

function proofOf(content: Buffer): ProofFile {
  try {
    return parseProofFile(content.toString());
  } catch (cause) {
    if (!(cause instanceof ProofFileError)) throw cause;
    throw new BundleError('Not a proof file', { cause });
  }
}

function completenessOf(content: Buffer): CompletenessProof {
  try {
    return parseCompletenessProof(JSON.parse(content.toString()));
  } catch (cause) {
    if (!(cause instanceof CompletenessError || cause instanceof SyntaxError)) throw cause;
    throw new BundleError('Not a proof of completeness', { cause });
  }
}

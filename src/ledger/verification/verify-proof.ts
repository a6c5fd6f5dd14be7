import {
  CheckpointError,
  type CheckpointTrust,
  isQuorumReached,
  type OpenedCheckpoint,
  parseProofFile,
  ProofError,
  ProofFileError,
  type Quorum,
  SignedNoteError,
  verifyProofFile,
} from '../tree/index.js';
import type { Damage } from './damage.js';
import type { VerificationReport } from './report.js';
import { type KeptReceipt, ReceiptError, verifyReceiptKept } from './verify-receipt.js';

export interface ProofToVerify {
  /** C2SP tlog-proof with the entry as its extra data. */
  readonly file: string;
  readonly trust: CheckpointTrust;
  readonly quorum?: Quorum | undefined;
  readonly receipts: readonly KeptReceipt[];
}

/** Verifies that one entry stands in the log, and that it keeps the promise of the receipts. */
export function reportOnProof({
  file,
  trust,
  quorum,
  receipts,
}: ProofToVerify): VerificationReport {
  const opened = opens(() => {
    const proof = parseProofFile(file);
    if (!proof.extra) throw new ProofFileError('The proof file does not hold its entry');
    return verifyProofFile(proof, proof.extra, trust);
  });
  const cosignedBy = opened?.cosignatures.map(({ witness }) => witness) ?? [];
  const damages: Damage[] = [
    ...(opened ? [] : [{ kind: 'proof_wrong' as const, leafIndex: null, eventId: null }]),
    ...(opened && quorum && !isQuorumReached(quorum, cosignedBy)
      ? [{ kind: 'checkpoint_unwitnessed' as const, leafIndex: null, eventId: null }]
      : []),
    ...receipts
      .filter((receipt) => !opens(() => verifyReceiptKept(receipt, file, trust)))
      .map(({ eventId }) => ({ kind: 'receipt_broken' as const, leafIndex: null, eventId })),
  ];
  const isSound = damages.length === 0;
  return {
    isSound,
    damages,
    facts: {
      log: opened?.origin ?? 'unknown',
      'tree size': opened?.treeSize ?? 0,
      'cosigned by': cosignedBy.map(({ name }) => name).join(', ') || 'no known witness',
      receipts: receipts.length,
    },
    sentence: isSound
      ? 'The entry stands in the log as it was signed.'
      : 'The entry is NOT shown to stand in the log as it was promised.',
  };
}

/** Null where it does not hold. */
function opens(open: () => OpenedCheckpoint): OpenedCheckpoint | null {
  try {
    return open();
  } catch (error) {
    const isForeseen =
      error instanceof SignedNoteError ||
      error instanceof CheckpointError ||
      error instanceof ProofError ||
      error instanceof ProofFileError ||
      error instanceof ReceiptError;
    if (!isForeseen) throw error;
    return null;
  }
}

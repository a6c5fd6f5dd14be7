import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  proveInclusion,
  type PublishedCheckpoint,
  receiptSchema,
  refused,
} from '../ledger/index.js';
import { type Actor, platformProblems, type Problem } from '../platform/index.js';
import { AuditLog, type LedgerEvent } from './audit-log.js';
import { inclusionProved } from './audit.events.js';
import { auditProblems } from './audit.problems.js';

const base64 = z.base64();
export const treeSizeSchema = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export const inclusionProofQuerySchema = z
  .strictObject({ treeSize: treeSizeSchema.optional() })
  .meta({ id: 'InclusionProofQuery' });

export const inclusionProofSchema = z
  .strictObject({
    leafIndex: z.int(),
    treeSize: z.int(),
    leafHash: base64,
    rootHash: base64,
    proof: z.array(base64).describe('From the leaf up (RFC 9162 §2.1.3)'),
    checkpoint: z.string().describe('The signed note over tree size and root'),
    receipt: receiptSchema,
  })
  .meta({ id: 'InclusionProof' });
export type InclusionProof = Omit<z.infer<typeof inclusionProofSchema>, 'receipt'>;

/** Proves that an event stands in the log under a published checkpoint. */
@Authorized('ledger.prove')
export class GetInclusionProof extends Query<Audited<InclusionProof>> {
  constructor(
    readonly eventId: string,
    /** The newest where it is null. */
    readonly treeSize: number | null,
    readonly actor: Actor,
  ) {
    super();
  }
}

type Provable =
  | { readonly problem: Problem }
  | {
      readonly checkpoint: PublishedCheckpoint;
      readonly leafIndex: number;
      readonly leafHash: Buffer;
    };

@QueryHandler(GetInclusionProof)
export class GetInclusionProofHandler implements IQueryHandler<GetInclusionProof> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly log: AuditLog,
  ) {}

  execute({ actor, eventId, treeSize }: GetInclusionProof): Promise<Audited<InclusionProof>> {
    const resource = { kind: 'audit-event', id: eventId };
    return this.audited.disclose<InclusionProof>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'ledger.prove', {});
      const nothing = { leafIndex: null, treeSize: null };
      if (decision.kind !== 'permit') {
        return refused(
          refusalOf(decision),
          inclusionProved({ decision, resource, detail: nothing }),
        );
      }
      const found = await this.#find(eventId, treeSize);
      if ('problem' in found) {
        return refused(found.problem, inclusionProved({ decision, resource, detail: nothing }));
      }
      const view = await this.#prove(found);
      const detail = { leafIndex: view.leafIndex, treeSize: view.treeSize };
      return disclosed(view, inclusionProved({ decision, resource, subjectRef: null, detail }));
    });
  }

  async #find(eventId: string, treeSize: number | null): Promise<Provable> {
    const event = await this.log.findEvent(eventId);
    if (!event) return { problem: platformProblems['resource.not_found']() };
    const checkpoint = await this.log.findCheckpoint(treeSize ?? undefined);
    if (!checkpoint && treeSize !== null) return { problem: auditProblems['proof.size_unknown']() };
    if (!checkpoint || !isCovered(event, checkpoint)) {
      return { problem: auditProblems['proof.not_yet_sealed']() };
    }
    return { checkpoint, leafIndex: event.leafIndex, leafHash: event.leafHash };
  }

  async #prove({
    checkpoint,
    leafIndex,
    leafHash,
  }: Exclude<Provable, { problem: Problem }>): Promise<InclusionProof> {
    const { treeSize, rootHash, note } = checkpoint;
    const proof = await proveInclusion(leafIndex, treeSize, this.log.hashSource(checkpoint));
    return {
      leafIndex,
      treeSize,
      leafHash: leafHash.toString('base64'),
      rootHash: rootHash.toString('base64'),
      proof: proof.map((hash) => hash.toString('base64')),
      checkpoint: note,
    };
  }
}

function isCovered(
  event: LedgerEvent,
  { treeSize }: PublishedCheckpoint,
): event is LedgerEvent & { readonly leafIndex: number; readonly leafHash: Buffer } {
  return event.leafIndex !== null && event.leafHash !== null && event.leafIndex < treeSize;
}

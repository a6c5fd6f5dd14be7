import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  proveConsistency,
  receiptSchema,
  refused,
} from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { AuditLog } from './audit-log.js';
import { consistencyProved } from './audit.events.js';
import { auditProblems } from './audit.problems.js';
import { treeSizeSchema } from './get-inclusion-proof.query.js';

export const consistencyProofQuerySchema = z
  .strictObject({ first: treeSizeSchema, second: treeSizeSchema.optional() })
  .refine(({ first, second }) => second === undefined || first <= second, {
    path: ['second'],
    error: 'must not be smaller than first',
  })
  .meta({ id: 'ConsistencyProofQuery' });

export const consistencyProofSchema = z
  .strictObject({
    first: z.int(),
    second: z.int(),
    proof: z.array(z.base64()).describe('RFC 9162 §2.1.4'),
    receipt: receiptSchema,
  })
  .meta({ id: 'ConsistencyProof' });
export type ConsistencyProof = Omit<z.infer<typeof consistencyProofSchema>, 'receipt'>;

/** Proves that the log only grew between two published checkpoints. */
@Authorized('ledger.prove')
export class GetConsistencyProof extends Query<Audited<ConsistencyProof>> {
  constructor(
    readonly input: z.infer<typeof consistencyProofQuerySchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetConsistencyProof)
export class GetConsistencyProofHandler implements IQueryHandler<GetConsistencyProof> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly log: AuditLog,
  ) {}

  execute({ actor, input }: GetConsistencyProof): Promise<Audited<ConsistencyProof>> {
    return this.audited.disclose<ConsistencyProof>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'ledger.prove', {});
      const detail = { first: input.first, second: input.second ?? null };
      if (decision.kind !== 'permit') {
        return refused(refusalOf(decision), consistencyProved({ decision, detail }));
      }
      const [first, second] = await Promise.all([
        this.log.findCheckpoint(input.first),
        this.log.findCheckpoint(input.second),
      ]);
      if (!first || !second) {
        return refused(
          auditProblems['proof.size_unknown'](),
          consistencyProved({ decision, detail }),
        );
      }
      const [from, to] = [first.treeSize, second.treeSize];
      const proof = await proveConsistency(from, to, this.log.hashSource(second));
      return disclosed(
        { first: from, second: to, proof: proof.map((hash) => hash.toString('base64')) },
        consistencyProved({ decision, detail: { first: from, second: to } }),
      );
    });
  }
}

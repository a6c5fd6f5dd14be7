import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  type CompletenessProofJson,
  disclosed,
  formatCompletenessProof,
  type IndexKey,
  receiptSchema,
  refused,
} from '../ledger/index.js';
import type { Actor, CaseId, Problem, SubjectRef } from '../platform/index.js';
import { AuditLog } from './audit-log.js';
import { completenessProved } from './audit.events.js';
import { auditProblems } from './audit.problems.js';

/** More than a person or case has in years; what has more is exported. */
const eventsMax = 1_000;

export const completenessProofQuerySchema = z
  .strictObject({
    subject: z.uuid().toLowerCase().optional(),
    caseId: z.uuid().toLowerCase().optional(),
  })
  .refine(({ subject, caseId }) => (subject === undefined) !== (caseId === undefined), {
    error: 'must name either a subject or a case',
  })
  .meta({ id: 'CompletenessProofQuery' });

const hash = z.base64();
const provenEntrySchema = z.object({
  leafIndex: z.int(),
  entry: z.string().describe('The bytes of the entry, which are UTF-8'),
  inclusionProof: z.array(hash).describe('From the leaf up (RFC 9162 §2.1.3)'),
});

export const completenessProofSchema = z
  .object({
    key: z.object({ kind: z.enum(['subject', 'case']), id: z.string() }),
    treeSize: z.int().describe('The list is complete up to this size of the log'),
    entries: z.array(provenEntrySchema).describe('All events about the key, oldest first'),
    commitment: provenEntrySchema.describe('The entry that commits to the index'),
    indexProof: z.object({
      siblings: z.array(hash).describe('From the root of the index down'),
      end: z
        .object({ keyHash: hash, events: z.int(), digest: hash })
        .nullable()
        .describe('Where the path of the key ends; another key, or null, where it has no event'),
    }),
    checkpoint: z.string().describe('Signed; all inclusion proofs lead to its root'),
    receipt: receiptSchema.describe('Of the event that records this reading'),
  })
  .meta({ id: 'CompletenessProof' });

type CompletenessView = CompletenessProofJson & { readonly treeSize: number };

/** Shows all events about a subject or case, provably all of them up to a size. */
@Authorized('ledger.prove-completeness')
export class GetCompletenessProof extends Query<Audited<CompletenessView>> {
  constructor(
    readonly input: z.infer<typeof completenessProofQuerySchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetCompletenessProof)
export class GetCompletenessProofHandler implements IQueryHandler<GetCompletenessProof> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly log: AuditLog,
  ) {}

  execute({ actor, input }: GetCompletenessProof): Promise<Audited<CompletenessView>> {
    const key: IndexKey =
      input.subject === undefined
        ? { kind: 'case', id: input.caseId ?? '' }
        : { kind: 'subject', id: input.subject };
    const resource = { kind: key.kind, id: key.id };
    return this.audited.disclose<CompletenessView>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'ledger.prove-completeness', {});
      const refuse = (problem: Problem) => {
        const detail = { kind: key.kind, treeSize: null, events: null };
        return refused(
          problem,
          completenessProved({ decision, resource, subjectRef: null, detail }),
        );
      };
      if (decision.kind !== 'permit') return refuse(refusalOf(decision));
      const answer = await this.log.proveCompleteness(key, eventsMax);
      if (answer.kind === 'not_committed') {
        return refuse(auditProblems['proof.index_not_committed']());
      }
      if (answer.kind === 'too_many_events') {
        return refuse(auditProblems['proof.too_many_events']());
      }
      if (answer.kind === 'entries_pruned') {
        return refuse(auditProblems['log.entries_pruned']());
      }
      const { proof, treeSize } = answer;
      const events = proof.entries.length;
      return disclosed(
        { ...formatCompletenessProof(proof), treeSize },
        completenessProved({
          decision,
          resource,
          ...aboutOf(key, events),
          dataAccessed: ['event'],
          detail: { kind: key.kind, treeSize, events },
        }),
      );
    });
  }
}

/** A reading of someone's record is itself about them; one of nobody's record is about nobody. */
function aboutOf(
  { kind, id }: IndexKey,
  events: number,
): { readonly subjectRef: SubjectRef | null; readonly caseId: CaseId | null } {
  const isKnown = events > 0;
  return {
    subjectRef: isKnown && kind === 'subject' ? (id as SubjectRef) : null,
    caseId: isKnown && kind === 'case' ? (id as CaseId) : null,
  };
}

import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  receiptSchema,
  refused,
} from '../../ledger/index.js';
import { type Actor, platformProblems } from '../../platform/index.js';
import { exportRead } from './exports.events.js';
import { exportStates, LedgerExport } from './ledger-export.entity.js';

export const exportViewSchema = z
  .strictObject({
    id: z.uuid(),
    state: z.enum(exportStates),
    failure: z.string().nullable().describe('Why it failed'),
    criteria: z.unknown(),
    isEncrypted: z.boolean(),
    treeSize: z.int().nullable(),
    entries: z.int().nullable(),
    bytes: z.int().nullable(),
    digest: z.string().nullable().describe('SHA-256 of the file, hex'),
    requestedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    receipt: receiptSchema,
  })
  .meta({ id: 'LedgerExport' });
export type ExportView = Omit<z.infer<typeof exportViewSchema>, 'receipt'>;

/** Shows how far an export is. */
@Authorized('ledger.export')
export class GetExport extends Query<Audited<ExportView>> {
  constructor(
    readonly exportId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetExport)
export class GetExportHandler implements IQueryHandler<GetExport> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  execute({ actor, exportId }: GetExport): Promise<Audited<ExportView>> {
    return this.audited.disclose<ExportView>(actor, async (tx) => {
      const resource = { kind: 'ledger-export', id: exportId };
      const decision = await this.authority.decide(tx, actor, 'ledger.export', { resource });
      const event = exportRead({ decision, resource, subjectRef: null, detail: {} });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), event);
      const found = await tx.manager.findOneBy(LedgerExport, { id: exportId });
      if (!found) return refused(platformProblems['resource.not_found'](), event);
      return disclosed(viewOf(found), event);
    });
  }
}

function viewOf(found: LedgerExport): ExportView {
  const numberOf = (value: string | null): number | null => (value === null ? null : Number(value));
  return {
    id: found.id,
    state: found.state,
    failure: found.failure,
    criteria: JSON.parse(found.criteria),
    isEncrypted: found.recipientKey !== null,
    treeSize: numberOf(found.treeSize),
    entries: numberOf(found.entries),
    bytes: numberOf(found.bytes),
    digest: found.digest?.toString('hex') ?? null,
    requestedAt: found.requestedAt.toISOString(),
    expiresAt: found.expiresAt.toISOString(),
  };
}

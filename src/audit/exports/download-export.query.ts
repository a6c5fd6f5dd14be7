import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';

import { Authority, Authorized, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, disclosed, refused } from '../../ledger/index.js';
import { type Actor, platformProblems, type Problem } from '../../platform/index.js';
import { ExportPieces } from './export-pieces.js';
import { exportDownloaded } from './exports.events.js';
import { exportProblems } from './exports.problems.js';
import { LedgerExport } from './ledger-export.entity.js';

export interface DownloadedExport {
  readonly fileName: string;
  readonly bytes: number;
  readonly isEncrypted: boolean;
  /** Read as it is sent; the event stands before the first byte leaves. */
  readonly content: AsyncIterable<Buffer>;
}

/** Hands out the bundle of an export. */
@Authorized('ledger.export')
export class DownloadExport extends Query<Audited<DownloadedExport>> {
  constructor(
    readonly exportId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(DownloadExport)
export class DownloadExportHandler implements IQueryHandler<DownloadExport> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly pieces: ExportPieces,
  ) {}

  execute({ actor, exportId }: DownloadExport): Promise<Audited<DownloadedExport>> {
    return this.audited.disclose<DownloadedExport>(actor, async (tx) => {
      const resource = { kind: 'ledger-export', id: exportId };
      const decision = await this.authority.decide(tx, actor, 'ledger.export', { resource });
      const refuse = (problem: Problem) =>
        refused(problem, exportDownloaded({ decision, resource, detail: { digest: null } }));
      if (decision.kind !== 'permit') return refuse(refusalOf(decision));
      const found = await tx.manager.findOneBy(LedgerExport, { id: exportId });
      if (!found) return refuse(platformProblems['resource.not_found']());
      const problem = problemOf(found, tx.now);
      if (problem) return refuse(problem);
      const isEncrypted = found.recipientKey !== null;
      return disclosed(
        {
          fileName: `probity-export-${exportId}.tar${isEncrypted ? '.sealed' : ''}`,
          bytes: Number(found.bytes),
          isEncrypted,
          content: this.pieces.read(exportId, found.attempt),
        },
        exportDownloaded({
          decision,
          resource,
          subjectRef: null,
          dataAccessed: ['event'],
          detail: { digest: found.digest?.toString('hex') ?? null },
        }),
      );
    });
  }
}

function problemOf({ state, expiresAt }: LedgerExport, now: Date): Problem | null {
  if (state === 'expired' || expiresAt <= now) return exportProblems['export.expired']();
  if (state === 'preparing') return exportProblems['export.not_ready']();
  return state === 'failed' ? exportProblems['export.failed']() : null;
}

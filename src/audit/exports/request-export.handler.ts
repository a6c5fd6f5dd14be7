import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  canonicalJson,
  committed,
  type ExportCriteria,
  refused,
} from '../../ledger/index.js';
import { IdSource } from '../../platform/index.js';
import { exportRequested } from './exports.events.js';
import { LedgerExport } from './ledger-export.entity.js';
import { MakeExports } from './make-exports.js';
import { RequestExport, type RequestedExport } from './request-export.command.js';

const keptMilliseconds = 3 * 24 * 60 * 60 * 1000;

@CommandHandler(RequestExport)
export class RequestExportHandler implements ICommandHandler<RequestExport> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly making: MakeExports,
    private readonly ids: IdSource,
  ) {}

  async execute({ actor, input, idempotency }: RequestExport): Promise<Audited<RequestedExport>> {
    const criteria = criteriaOf(input);
    const { recipientKey } = input;
    const requested = await this.audited.run<RequestedExport>(
      actor,
      async (tx) => {
        const decision = await this.authority.decide(tx, actor, 'ledger.export', {});
        const detail = { criteria, isEncrypted: recipientKey !== undefined };
        if (decision.kind !== 'permit') {
          return refused(refusalOf(decision), exportRequested({ decision, detail }));
        }
        const id = this.ids.ordered();
        const expiresAt = new Date(tx.now.getTime() + keptMilliseconds);
        await tx.manager.insert(LedgerExport, {
          id,
          criteria: canonicalJson(criteria),
          recipientKey: recipientKey === undefined ? null : Buffer.from(recipientKey, 'base64'),
          state: 'preparing',
          requestedBy: actor.id,
          requestedAt: tx.now,
          expiresAt,
        });
        const resource = { kind: 'ledger-export', id };
        return committed(
          { id, state: 'preparing', expiresAt: expiresAt.toISOString() },
          exportRequested({ decision, resource, subjectRef: null, detail }),
        );
      },
      { idempotency },
    );
    this.making.wake();
    return requested;
  }
}

function criteriaOf({ period, caseId, subject }: RequestExport['input']): ExportCriteria {
  if (period) return { kind: 'period', ...instants(period) };
  return caseId === undefined
    ? { kind: 'subject', id: subject ?? '' }
    : { kind: 'case', id: caseId };
}

/** In the one form that events have: the verifier compares them. */
function instants({ from, to }: { from: string; to: string }): { from: string; to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

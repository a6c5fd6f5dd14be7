import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../authority/index.js';
import { type Audited, AuditedTransaction, committed, refused } from '../ledger/index.js';
import { IdSource } from '../platform/index.js';
import { ComplianceReport, type ReportFormat, reportFormats } from './compliance-report.entity.js';
import { ComputeReports } from './compute-reports.js';
import { intervalOf } from './period.js';
import { reportRefused, reportRequested } from './reports.events.js';
import { reportProblems } from './reports.problems.js';
import { RequestReport, type RequestedReport } from './request-report.command.js';

@CommandHandler(RequestReport)
export class RequestReportHandler implements ICommandHandler<RequestReport> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly computing: ComputeReports,
    private readonly ids: IdSource,
  ) {}

  async execute({ actor, input, idempotency }: RequestReport): Promise<Audited<RequestedReport>> {
    const { from, to } = intervalOf(input.period);
    const requested = await this.audited.run<RequestedReport>(
      actor,
      async (tx) => {
        const decision = await this.authority.decide(tx, actor, 'report.create', {});
        if (decision.kind !== 'permit') {
          return refused(refusalOf(decision), reportRefused({ decision, detail: {} }));
        }
        if (!input.formats.every(isOffered)) {
          const problem = reportProblems['report.format_unavailable']();
          return refused(problem, reportRefused({ decision, detail: {} }));
        }
        const id = this.ids.ordered();
        await tx.manager.insert(ComplianceReport, {
          id,
          standards: [...new Set(input.standards)],
          periodFrom: from,
          periodTo: to,
          formats: [...new Set(input.formats)].filter(isOffered),
          state: 'computing',
          requestedBy: actor.id,
          requestedAt: tx.now,
        });
        return committed(
          { id, state: 'computing' },
          reportRequested({
            decision,
            resource: { kind: 'report', id },
            detail: {
              standards: input.standards,
              from: from.toISOString(),
              to: to.toISOString(),
              formats: input.formats,
            },
          }),
        );
      },
      { idempotency },
    );
    this.computing.wake();
    return requested;
  }
}

function isOffered(format: string): format is ReportFormat {
  return (reportFormats as readonly string[]).includes(format);
}

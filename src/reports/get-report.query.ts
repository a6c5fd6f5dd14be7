import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import { type Audited, AuditedTransaction, disclosed, refused } from '../ledger/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import {
  ComplianceReport,
  type ReportFormat,
  reportFormats,
  type ReportState,
} from './compliance-report.entity.js';
import { type ReportContent, reportCsv } from './report-content.js';
import { reportRead, reportRefused } from './reports.events.js';
import { reportProblems } from './reports.problems.js';

export interface ReportView {
  readonly id: string;
  readonly state: ReportState;
  readonly standards: readonly string[];
  readonly period: { readonly from: string; readonly to: string };
  readonly formats: readonly string[];
  /** SHA-256 of the canonical JSON file, hex; null until computed. */
  readonly contentDigest: string | null;
  readonly file?: { readonly contentType: string; readonly text: string };
}

/** Reads a report's state, or one of its files. */
@Authorized('report.read')
export class GetReport extends Query<Audited<ReportView>> {
  constructor(
    readonly reportId: string,
    readonly format: string | null,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetReport)
export class GetReportHandler implements IQueryHandler<GetReport> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  execute({ actor, reportId, format }: GetReport): Promise<Audited<ReportView>> {
    return this.audited.disclose<ReportView>(actor, async (tx) => {
      const resource = { kind: 'report', id: reportId };
      const decision = await this.authority.decide(tx, actor, 'report.read', { resource });
      const refusal = reportRefused({ decision, resource, detail: {} });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal);
      const report = await tx.manager.findOneBy(ComplianceReport, { id: reportId });
      if (!report) return refused(platformProblems['resource.not_found'](), refusal);
      if (format === null) {
        return disclosed(viewOf(report), reportRead({ decision, resource, detail: { format } }));
      }
      if (!isFormat(format) || !report.formats.includes(format)) {
        return refused(reportProblems['report.format_unavailable'](), refusal);
      }
      if (report.content === null) return refused(reportProblems['report.not_ready'](), refusal);
      const file = fileOf(report.content, format);
      return disclosed(
        { ...viewOf(report), file },
        reportRead({ decision, resource, detail: { format } }),
      );
    });
  }
}

function isFormat(format: string): format is ReportFormat {
  return (reportFormats as readonly string[]).includes(format);
}

function viewOf(report: ComplianceReport): ReportView {
  return {
    id: report.id,
    state: report.state,
    standards: report.standards,
    period: { from: report.periodFrom.toISOString(), to: report.periodTo.toISOString() },
    formats: report.formats,
    contentDigest: report.contentDigest?.toString('hex') ?? null,
  };
}

function fileOf(content: string, format: ReportFormat): NonNullable<ReportView['file']> {
  switch (format) {
    case 'json':
      return { contentType: 'application/json; charset=utf-8', text: content };
    case 'csv':
      return {
        contentType: 'text/csv; charset=utf-8',
        text: reportCsv(JSON.parse(content) as ReportContent),
      };
  }
}

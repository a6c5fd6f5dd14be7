import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';

import { ComplianceReport } from './compliance-report.entity.js';
import { ComputeReports } from './compute-reports.js';
import { EvidenceReader } from './evidence.js';
import { ReportComputation } from './report-computation.js';
import { GetReportHandler } from './get-report.query.js';
import { ReportsController } from './reports.controller.js';
import { RequestReportHandler } from './request-report.handler.js';

@Module({
  imports: [CqrsModule, TypeOrmModule.forFeature([ComplianceReport])],
  controllers: [ReportsController],
  providers: [
    ComputeReports,
    EvidenceReader,
    ReportComputation,
    GetReportHandler,
    RequestReportHandler,
  ],
})
export class ReportsModule {}

import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditLog } from './audit-log.js';
import { AuditController } from './audit.controller.js';
import { CommitIndexHandler } from './commit-index.handler.js';
import { GetCompletenessProofHandler } from './get-completeness-proof.query.js';
import { GetConsistencyProofHandler } from './get-consistency-proof.query.js';
import { GetEventHandler } from './get-event.query.js';
import { GetInclusionProofHandler } from './get-inclusion-proof.query.js';
import { BundleContents } from './exports/bundle-contents.js';
import { BundleMaker, BundleMoment, BundleSigner } from './exports/bundle-maker.js';
import { DownloadExportHandler } from './exports/download-export.query.js';
import { ExportCompartments } from './exports/export-compartments.js';
import { ExportPieces } from './exports/export-pieces.js';
import { ExportsController } from './exports/exports.controller.js';
import { GetExportHandler } from './exports/get-export.query.js';
import { LedgerExport } from './exports/ledger-export.entity.js';
import { MakeExports } from './exports/make-exports.js';
import { RequestExportHandler } from './exports/request-export.handler.js';
import { EventProofs } from './event-proofs.js';
import { GetProofFileHandler } from './get-proof-file.query.js';
import { GetLogResourceHandler } from './get-log-resource.query.js';
import { ListEventsHandler } from './list-events.query.js';
import { LogKeys } from './log-keys.js';
import { LogTilesController } from './log-tiles.controller.js';
import { PruningRuns } from './prunings/pruning-runs.js';
import { RequestPruningHandler } from './prunings/request-pruning.handler.js';
import { DailyReview } from './review/daily-review.js';
import { KeptEntries } from './review/kept-entries.js';
import { LogReview } from './review/log-review.js';
import { OffSiteCopies } from './review/off-site-copies.js';
import { ReadingSessions } from './reading-sessions.js';

/** Shows the record, under authority. */
@Module({
  imports: [CqrsModule, TypeOrmModule.forFeature([LedgerExport])],
  controllers: [AuditController, ExportsController, LogTilesController],
  providers: [
    AuditLog,
    EventProofs,
    ExportCompartments,
    ExportPieces,
    BundleContents,
    BundleMaker,
    BundleMoment,
    BundleSigner,
    MakeExports,
    RequestExportHandler,
    GetExportHandler,
    DownloadExportHandler,
    PruningRuns,
    RequestPruningHandler,
    DailyReview,
    LogReview,
    KeptEntries,
    OffSiteCopies,
    LogKeys,
    ReadingSessions,
    ListEventsHandler,
    GetEventHandler,
    GetInclusionProofHandler,
    GetProofFileHandler,
    GetConsistencyProofHandler,
    GetCompletenessProofHandler,
    CommitIndexHandler,
    GetLogResourceHandler,
  ],
  exports: [AuditLog, ExportCompartments],
})
export class AuditModule {}

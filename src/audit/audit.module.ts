import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';

import { AuditLog } from './audit-log.js';
import { AuditController } from './audit.controller.js';
import { CommitIndexHandler } from './commit-index.handler.js';
import { GetCompletenessProofHandler } from './get-completeness-proof.query.js';
import { GetConsistencyProofHandler } from './get-consistency-proof.query.js';
import { GetEventHandler } from './get-event.query.js';
import { GetInclusionProofHandler } from './get-inclusion-proof.query.js';
import { EventProofs } from './event-proofs.js';
import { GetProofFileHandler } from './get-proof-file.query.js';
import { GetLogResourceHandler } from './get-log-resource.query.js';
import { ListEventsHandler } from './list-events.query.js';
import { LogKeys } from './log-keys.js';
import { LogTilesController } from './log-tiles.controller.js';
import { ReadingSessions } from './reading-sessions.js';

/** Shows the record, under authority. */
@Module({
  imports: [CqrsModule],
  controllers: [AuditController, LogTilesController],
  providers: [
    AuditLog,
    EventProofs,
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
  exports: [AuditLog],
})
export class AuditModule {}

import { Injectable } from '@nestjs/common';

import { Clock } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import type { ComplianceReport } from './compliance-report.entity.js';
import { computeReport } from './compute-report.js';
import { EvidenceReader } from './evidence.js';

const originLine = 0;

type Checkpoint = NonNullable<Awaited<ReturnType<EvidenceReader['coveringCheckpoint']>>>;

/** Computes one report from the log up to a checkpoint and the policy in force. */
@Injectable()
export class ReportComputation {
  constructor(
    private readonly evidence: EvidenceReader,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  compute(report: ComplianceReport, checkpoint: Checkpoint): ReturnType<typeof computeReport> {
    const period = { from: report.periodFrom, to: report.periodTo };
    const { treeSize, rootHash, note } = checkpoint;
    return computeReport(
      {
        id: report.id,
        standards: report.standards,
        period: { from: period.from.toISOString(), to: period.to.toISOString() },
        computedAt: this.clock.now().toISOString(),
        log: {
          origin: note.split('\n')[originLine] ?? '',
          treeSize,
          rootHash: rootHash.toString('base64'),
          note,
        },
        assurance: this.policies.assurance,
      },
      this.evidence.read(period, treeSize),
    );
  }
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Classified } from '../platform/index.js';
import type { Standard } from './checks/check.js';

export const reportStates = [
  'computing',
  'draft',
  'reviewed',
  'attested',
  'published',
  'failed',
] as const;
export type ReportState = (typeof reportStates)[number];

export const reportFormats = ['json', 'csv'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** A report over a period. Its content holds figures, ids and hashes, never personal data. */
@Entity('compliance_reports')
export class ComplianceReport {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('text', { array: true })
  @Classified('internal')
  standards!: Standard[];

  @Column('timestamptz', { name: 'period_from' })
  @Classified('internal')
  periodFrom!: Date;

  @Column('timestamptz', { name: 'period_to' })
  @Classified('internal')
  periodTo!: Date;

  @Column('text', { array: true })
  @Classified('internal')
  formats!: ReportFormat[];

  @Column('text')
  @Classified('internal')
  state!: ReportState;

  /** Canonical JSON (RFC 8785); every file is made from it. */
  @Column('text', { nullable: true })
  @Classified('internal')
  content!: string | null;

  @Column('bytea', { name: 'content_digest', nullable: true })
  @Classified('internal')
  contentDigest!: Buffer | null;

  @Column('uuid', { name: 'requested_by' })
  @Classified('internal')
  requestedBy!: string;

  @Column('timestamptz', { name: 'requested_at' })
  @Classified('internal')
  requestedAt!: Date;

  @Column('timestamptz', { name: 'computed_at', nullable: true })
  @Classified('internal')
  computedAt!: Date | null;
}

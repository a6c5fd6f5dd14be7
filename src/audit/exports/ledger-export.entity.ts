import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Classified } from '../../platform/index.js';

export const exportStates = ['preparing', 'ready', 'failed', 'expired'] as const;
export type ExportState = (typeof exportStates)[number];

/** A bundle that somebody asked for. Its pieces lie sealed beside it until it expires. */
@Entity('ledger_exports')
export class LedgerExport {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  /** `ExportCriteria` as canonical JSON: instants, or the id of a case or subject. */
  @Column('text')
  @Classified('internal')
  criteria!: string;

  /** X25519 public key that the bundle is encrypted to; null where it is not. */
  @Column('bytea', { name: 'recipient_key', nullable: true })
  @Classified('public')
  recipientKey!: Buffer | null;

  @Column('text')
  @Classified('internal')
  state!: ExportState;

  @Column('text', { nullable: true })
  @Classified('internal')
  failure!: string | null;

  @Column('int', { default: 0 })
  @Classified('internal')
  attempt!: number;

  /** When whoever makes the bundle last gave a sign of life. */
  @Column('timestamptz', { name: 'working_at', nullable: true })
  @Classified('internal')
  workingAt!: Date | null;

  @Column('bigint', { name: 'tree_size', nullable: true })
  @Classified('internal')
  treeSize!: string | null;

  @Column('bigint', { nullable: true })
  @Classified('internal')
  entries!: string | null;

  @Column('bigint', { nullable: true })
  @Classified('internal')
  bytes!: string | null;

  /** SHA-256 of the file as it is downloaded. */
  @Column('bytea', { nullable: true })
  @Classified('internal')
  digest!: Buffer | null;

  @Column('text', { name: 'requested_by' })
  @Classified('internal')
  requestedBy!: string;

  @Column('timestamptz', { name: 'requested_at' })
  @Classified('internal')
  requestedAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  @Classified('internal')
  expiresAt!: Date;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Classified, type ConversationId } from '../platform/index.js';

/** Something redacted from a text; positions are UTF-16 units in the redacted text. */
export interface StoredRedaction {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

/** One message, in or out. Rows are never changed. */
@Entity('messages')
export class Message {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('uuid', { name: 'conversation_id' })
  @Classified('internal')
  conversationId!: ConversationId;

  @Column('integer')
  @Classified('internal')
  seq!: number;

  @Column('text')
  @Classified('internal')
  direction!: 'in' | 'out';

  /** The redacted text under the person's key. */
  @Column('bytea')
  @Classified('personal')
  text!: Buffer;

  @Column('jsonb')
  @Classified('internal')
  redactions!: readonly StoredRedaction[];

  @Column('text', { nullable: true })
  @Classified('internal')
  intent!: string | null;

  @Column('double precision', { nullable: true })
  @Classified('internal')
  confidence!: number | null;

  @Column('text', { nullable: true })
  @Classified('internal')
  outcome!: string | null;

  @Column('text', { nullable: true })
  @Classified('internal')
  code!: string | null;

  @Column('text', { name: 'template_id', nullable: true })
  @Classified('internal')
  templateId!: string | null;

  @Column('text', { name: 'template_version', nullable: true })
  @Classified('internal')
  templateVersion!: string | null;

  /** Whether the text shows account data: then it is read back at `aal2` only. */
  @Column('boolean')
  @Classified('internal')
  discloses!: boolean;

  @Column('timestamptz', { name: 'created_at' })
  @Classified('internal')
  createdAt!: Date;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type ChallengeId, Classified, type ConversationId } from '../platform/index.js';

/** A question that waits for a code; it resumes by itself when the code is right. */
@Entity('pending_intents')
export class PendingIntent {
  @PrimaryColumn('uuid', { name: 'message_id' })
  @Classified('internal')
  messageId!: string;

  @Column('uuid', { name: 'conversation_id' })
  @Classified('internal')
  conversationId!: ConversationId;

  @Column('uuid', { name: 'challenge_id' })
  @Classified('internal')
  challengeId!: ChallengeId;

  @Column('text')
  @Classified('internal')
  intent!: string;

  /** Which playbook answers it. */
  @Column('text')
  @Classified('internal')
  topic!: string;

  @Column('text')
  @Classified('internal')
  state!: 'pending' | 'resumed' | 'abandoned';

  @Column('timestamptz', { name: 'created_at' })
  @Classified('internal')
  createdAt!: Date;
}

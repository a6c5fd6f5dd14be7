import { Column, Entity, PrimaryColumn } from 'typeorm';

import {
  type Actor,
  type CaseId,
  Classified,
  type ConversationId,
  type SubjectRef,
} from '../platform/index.js';
import { type ConversationState, nextConversationState } from './conversation-state.js';

export const conversationChannels = ['chat', 'email', 'phone', 'sms'] as const;
export type ConversationChannel = (typeof conversationChannels)[number];

/** A dialogue with one person. What it waits for stands in its row, so that a restart forgets nothing. */
@Entity('conversations')
export class Conversation {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: ConversationId;

  @Column('uuid', { name: 'subject_ref' })
  @Classified('internal')
  subjectRef!: SubjectRef;

  @Column('text', { name: 'owner_kind' })
  @Classified('internal')
  ownerKind!: 'customer' | 'guest';

  @Column('text')
  @Classified('internal')
  channel!: ConversationChannel;

  @Column('text')
  @Classified('internal')
  state!: ConversationState;

  /** The case this conversation is about, once a notice was taken in it. */
  @Column('uuid', { name: 'case_id', nullable: true })
  @Classified('internal')
  caseId!: CaseId | null;

  /** The missing field that the last reply asked for. */
  @Column('text', { name: 'awaiting_field', nullable: true })
  @Classified('internal')
  awaitingField!: string | null;

  @Column('integer', { name: 'last_seq' })
  @Classified('internal')
  lastSeq!: number;

  @Column('timestamptz', { name: 'created_at' })
  @Classified('internal')
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  @Classified('internal')
  updatedAt!: Date;

  static start(
    id: ConversationId,
    owner: Pick<Actor, 'kind'> & { subjectRef: SubjectRef },
    opening: { channel: ConversationChannel; now: Date },
  ): Conversation {
    const conversation = new Conversation();
    conversation.id = id;
    conversation.subjectRef = owner.subjectRef;
    conversation.ownerKind = owner.kind === 'customer' ? 'customer' : 'guest';
    conversation.channel = opening.channel;
    conversation.state = 'open';
    conversation.caseId = null;
    conversation.awaitingField = null;
    conversation.lastSeq = 0;
    conversation.createdAt = opening.now;
    conversation.updatedAt = opening.now;
    return conversation;
  }

  /** Takes the next place in the order of messages. */
  nextSeq(): number {
    this.lastSeq += 1;
    return this.lastSeq;
  }

  moveTo(state: ConversationState, now: Date): void {
    this.state = nextConversationState(this.state, state);
    this.updatedAt = now;
  }
}

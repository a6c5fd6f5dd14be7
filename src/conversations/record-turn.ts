import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, Tx } from '../ledger/index.js';
import { type ChallengeId, IdSource } from '../platform/index.js';
import type { Conversation } from './conversation.entity.js';
import { Conversation as ConversationRow } from './conversation.entity.js';
import { handedOff, messageAnswered, outgoingRedacted } from './conversations.events.js';
import { HandOff } from './hand-off.entity.js';
import type { MessageAnswer } from './message-answer.js';
import { PendingIntent } from './pending-intent.entity.js';
import type { Answer, Turn } from './playbooks/playbook.js';
import { Replies, type RenderedReply } from './replies.js';
import { Transcript } from './transcript.js';

export interface RecordedTurn {
  readonly answer: Omit<MessageAnswer, 'receipt' | 'accessToken'>;
  readonly events: readonly [AuditEventDraft, ...AuditEventDraft[]];
}

/** Writes one turn down: the message, the reply, what it waits for, and the events that tell of it. */
@Injectable()
export class TurnRecorder {
  constructor(
    private readonly transcript: Transcript,
    private readonly replies: Replies,
    private readonly ids: IdSource,
  ) {}

  /** The conversation in `turn` is the row locked in this transaction. */
  async record(tx: Tx, turn: Turn, answer: Answer): Promise<RecordedTurn> {
    const { conversation } = turn;
    if (!turn.isStored) await this.#appendMessage(tx, turn);
    const reply = this.replies.render(answer.reply);
    const replyRow = await this.#appendReply(tx, turn, { answer, reply });
    if (answer.pending) await this.#remember(tx, turn, answer.pending);
    const handOff = answer.handOff
      ? await this.#handOff(tx, conversation, answer.handOff)
      : undefined;
    await this.#move(tx, conversation, answer);

    const told = messageAnswered({
      resource: { kind: 'conversation', id: conversation.id },
      subjectRef: conversation.subjectRef,
      caseId: answer.caseId ?? conversation.caseId,
      outcome: outcomeOf(answer),
      ...(answer.code === undefined ? {} : { code: answer.code }),
      ...(answer.decision ? { decision: answer.decision } : {}),
      ...(answer.dataAccessed ? { dataAccessed: answer.dataAccessed } : {}),
      detail: {
        messageId: turn.messageId,
        replyId: replyRow,
        intent: turn.classification.intent,
        confidencePermille: Math.round(turn.classification.confidence * 1000),
        modelDigest: turn.classification.model.digest,
        outcome: answer.outcome,
        code: answer.code ?? null,
        templateId: reply.templateId,
        templateVersion: reply.templateVersion,
        redactionKinds: turn.redactions.map(({ kind }) => kind),
        handOff: handOff?.reason ?? null,
      },
    });
    const events = [...answer.events, ...this.#incidents(reply), ...handOffEvents(handOff)];
    return { answer: wireAnswer(turn, answer, { reply, handOff }), events: [told, ...events] };
  }

  async #appendMessage(tx: Tx, turn: Turn): Promise<void> {
    await this.transcript.append(tx, turn.conversation, {
      id: turn.messageId,
      direction: 'in',
      text: turn.text,
      redactions: turn.redactions,
      at: turn.receivedAt,
      discloses: false,
      intent: turn.classification.intent,
      confidence: turn.classification.confidence,
    });
  }

  async #appendReply(
    tx: Tx,
    turn: Turn,
    { answer, reply }: { answer: Answer; reply: RenderedReply },
  ): Promise<string> {
    const row = await this.transcript.append(tx, turn.conversation, {
      direction: 'out',
      text: reply.text,
      redactions: [],
      at: tx.now,
      discloses: answer.data !== undefined,
      outcome: answer.outcome,
      code: answer.code,
      templateId: reply.templateId,
      templateVersion: reply.templateVersion,
    });
    return row.id;
  }

  async #remember(tx: Tx, turn: Turn, pending: NonNullable<Answer['pending']>): Promise<void> {
    await tx.manager.insert(PendingIntent, {
      messageId: turn.messageId,
      conversationId: turn.conversation.id,
      challengeId: pending.challengeId as ChallengeId,
      intent: turn.classification.intent,
      topic: pending.topic,
      state: 'pending',
      createdAt: tx.now,
    });
  }

  async #handOff(
    tx: Tx,
    conversation: Conversation,
    { reason, queue }: NonNullable<Answer['handOff']>,
  ): Promise<HandOff> {
    const handOff = new HandOff();
    handOff.id = this.ids.ordered();
    handOff.conversationId = conversation.id;
    handOff.caseId = conversation.caseId;
    handOff.reason = reason;
    handOff.queue = queue;
    handOff.state = 'waiting';
    handOff.createdAt = tx.now;
    await tx.manager.insert(HandOff, handOff);
    return handOff;
  }

  async #move(tx: Tx, conversation: Conversation, answer: Answer): Promise<void> {
    conversation.moveTo(answer.state ?? 'in_progress', tx.now);
    if (answer.awaitingField !== undefined) conversation.awaitingField = answer.awaitingField;
    if (answer.caseId) conversation.caseId = answer.caseId;
    await tx.manager.update(
      ConversationRow,
      { id: conversation.id },
      {
        state: conversation.state,
        awaitingField: conversation.awaitingField,
        caseId: conversation.caseId,
        lastSeq: conversation.lastSeq,
        updatedAt: conversation.updatedAt,
      },
    );
  }

  #incidents(reply: RenderedReply): AuditEventDraft[] {
    if (reply.caught.length === 0) return [];
    const detail = { templateId: reply.templateId, kinds: [...reply.caught] };
    return [outgoingRedacted({ outcome: 'failed', detail })];
  }
}

function outcomeOf(answer: Answer): 'success' | 'refused' | 'failed' {
  if (answer.outcome === 'refused' || answer.outcome === 'verification_required') return 'refused';
  return 'success';
}

function handOffEvents(handOff: HandOff | undefined): AuditEventDraft[] {
  if (!handOff) return [];
  const { id, reason, queue } = handOff;
  return [handedOff({ detail: { handOffId: id, reason, queue } })];
}

function wireAnswer(
  turn: Turn,
  answer: Answer,
  { reply, handOff }: { reply: RenderedReply; handOff: HandOff | undefined },
): RecordedTurn['answer'] {
  const { model: _model, topic: _topic, ...classification } = turn.classification;
  return {
    message: {
      id: turn.messageId,
      text: turn.text,
      redactions: [...turn.redactions],
      receivedAt: turn.receivedAt.toISOString(),
    },
    classification: classification as MessageAnswer['classification'],
    outcome: answer.outcome,
    ...(answer.code === undefined ? {} : { code: answer.code }),
    reply: {
      text: reply.text,
      templateId: reply.templateId,
      templateVersion: reply.templateVersion,
      disclaimerIds: reply.disclaimerIds,
    },
    ...(answer.challenge ? { challenge: answer.challenge } : {}),
    ...(answer.caseSummary ? { case: answer.caseSummary } : {}),
    ...(handOff
      ? { handoff: { id: handOff.id, reason: handOff.reason, queue: handOff.queue } }
      : {}),
    ...(answer.data ? { data: answer.data } : {}),
  };
}

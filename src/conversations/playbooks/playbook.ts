import type {
  AuditEventDraft,
  DecisionReference,
  IdempotencyRequest,
  Tx,
} from '../../ledger/index.js';
import type { Actor, CaseId } from '../../platform/index.js';
import type { Classification } from '../../intents/index.js';
import type { Conversation } from '../conversation.entity.js';
import type { ConversationState } from '../conversation-state.js';
import type { HandOffReason } from '../hand-off.entity.js';
import type { AnswerData, CaseSummary, MessageOutcome } from '../message-answer.js';
import type { StoredRedaction } from '../message.entity.js';

/** A message as the playbooks see it: redacted, understood, and who asks. */
export interface Turn {
  readonly actor: Actor;
  readonly conversation: Conversation;
  readonly messageId: string;
  /** Redacted. */
  readonly text: string;
  readonly redactions: readonly StoredRedaction[];
  readonly receivedAt: Date;
  /** Whether the message was written down before: it is answered again, after a code. */
  readonly isStored: boolean;
  readonly classification: Classification;
  /** Full card numbers found, for matching in memory only: never stored, logged or sent on. */
  readonly cardNumbers: readonly string[];
  /** The message's claim to be answered once; a code has none, since attempts are never replayed. */
  readonly idempotency?: IdempotencyRequest | undefined;
}

/**
 * The claim of a command that is run for the message: under the message's key, with an answer of its
 * own. A message sent again, or after a crash between the two, runs the command once.
 */
export function claimOf({ idempotency }: Turn, command: string): IdempotencyRequest | undefined {
  return idempotency && { ...idempotency, scope: `${idempotency.scope} ${command}` };
}

/** Which approved template answers, and what stands in its places. */
export interface ReplyDraft {
  readonly templateId: string;
  readonly values?: Readonly<Record<string, string>>;
}

/** What a playbook decided; the recorder stores it and makes the wire answer. */
export interface Answer {
  readonly outcome: MessageOutcome;
  readonly code?: string;
  readonly reply: ReplyDraft;
  readonly events: readonly AuditEventDraft[];
  /** The decision that let this be said, or did not; it gives the turn's event its purpose and rule. */
  readonly decision?: DecisionReference;
  readonly challenge?: Readonly<Record<string, unknown>>;
  /** The challenge that this message now waits for. */
  readonly pending?: { readonly challengeId: string; readonly topic: string };
  readonly caseSummary?: CaseSummary;
  readonly handOff?: { readonly reason: HandOffReason; readonly queue: string };
  readonly data?: AnswerData;
  /** Names of the fields shown; an answer with data always has some. */
  readonly dataAccessed?: readonly string[];
  readonly state?: ConversationState;
  /** Undefined leaves what the conversation waits for as it is; null clears it. */
  readonly awaitingField?: string | null;
  readonly caseId?: CaseId;
}

/** The part of an answer that runs inside the audited transaction, with the conversation locked. */
export type AnswerInside = (tx: Tx) => Promise<Answer>;

/**
 * Answers one kind of request. `prepare` asks the outside world and runs commands that commit by
 * themselves, while no transaction is open; what it returns runs inside the one that records the turn.
 */
export interface Playbook {
  prepare(turn: Turn): Promise<AnswerInside>;
}

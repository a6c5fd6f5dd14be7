import { Injectable } from '@nestjs/common';

import { type Classification, IntentClassifier } from '../intents/index.js';
import { type Actor, Clock, IdSource } from '../platform/index.js';
import { bareSixDigits, findCardNumbers, redact, redactionKinds } from '../redaction/index.js';
import type { Conversation } from './conversation.entity.js';
import type { Turn } from './playbooks/playbook.js';

/** A message that is nothing but a six-digit number, and what it may be. */
export interface Understood {
  readonly turn: Turn;
  /** The digits, in memory only. */
  readonly sixDigits: string | null;
}

/** Redacts first, then classifies what is left: nothing behind this line sees the raw text. */
@Injectable()
export class Understanding {
  constructor(
    private readonly classifier: IntentClassifier,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  understand(actor: Actor, conversation: Conversation, raw: string): Understood {
    const receivedAt = this.clock.now();
    const redacted = redact(raw, { kinds: redactionKinds });
    return {
      sixDigits: bareSixDigits(raw),
      turn: {
        // Wherever this turn acts, the event names the channel that the person used.
        actor: { ...actor, origin: { ...actor.origin, channel: conversation.channel } },
        conversation,
        messageId: this.ids.ordered(),
        text: redacted.text,
        redactions: redacted.redactions,
        receivedAt,
        isStored: false,
        classification: this.classifier.classify(redacted.text, receivedAt),
        cardNumbers: findCardNumbers(raw),
      },
    };
  }
}

/** A code is taken out whole: it is never stored in a conversation. */
export function asCode(turn: Turn): Turn {
  const text = '[one-time code]';
  return {
    ...turn,
    text,
    redactions: [{ kind: 'one-time-code', start: 0, end: text.length }],
    classification: codeClassification(turn.classification),
  };
}

/** Six bare digits need no model: what they are follows from what was asked before. */
function codeClassification(model: Classification): Classification {
  return {
    ...model,
    intent: 'identity-verification',
    confidence: 1,
    alternatives: [],
    urgency: 'normal',
    sentiment: 0,
    entities: {},
  };
}

import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import { IntentClassifier } from '../intents/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  refused,
  receiptSchema,
} from '../ledger/index.js';
import { type Actor, Clock } from '../platform/index.js';
import { redact } from '../redaction/index.js';
import { messageClassified } from './conversations.events.js';
import { classificationSchema } from './message-answer.js';
import { receiveMessageSchema } from './receive-message.command.js';

export const classifyMessageSchema = receiveMessageSchema.meta({ id: 'ClassifyMessage' });
export const previewedClassificationSchema = classificationSchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'PreviewedClassification' });

type PreviewedClassification = z.infer<typeof classificationSchema>;

/** Classifies a text without a conversation: a dry run for staff. Nothing of the text is kept. */
@Authorized('classification.create')
export class ClassifyMessage extends Query<Audited<PreviewedClassification>> {
  constructor(
    readonly input: z.infer<typeof classifyMessageSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ClassifyMessage)
export class ClassifyMessageHandler implements IQueryHandler<ClassifyMessage> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly classifier: IntentClassifier,
    private readonly clock: Clock,
  ) {}

  async execute({ actor, input }: ClassifyMessage): Promise<Audited<PreviewedClassification>> {
    const {
      model,
      topic: _,
      ...classification
    } = this.classifier.classify(redact(input.text).text, this.clock.now());
    const detail = {
      intent: classification.intent,
      confidencePermille: Math.round(classification.confidence * 1000),
      modelDigest: model.digest,
    };
    return this.audited.disclose<PreviewedClassification>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'classification.create', {});
      const event = messageClassified({ decision, detail });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), event);
      return disclosed(
        {
          ...classification,
          alternatives: [...classification.alternatives],
          entities: { ...classification.entities },
        },
        event,
      );
    });
  }
}

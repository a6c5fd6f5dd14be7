import { readFileSync } from 'node:fs';

import { Injectable } from '@nestjs/common';

import type { IntentsPolicy } from '../policy/index.js';
import type { Classification, RankedIntent } from './classification.js';
import { findEntities } from './entities/entities.js';
import { outOfScope } from './intent-catalogue.js';
import { detectLanguage } from './language.js';
import { digestOf, parseArtefact } from './model/artefact.js';
import { IntentModel } from './model/intent-model.js';
import { artefactPath } from './project-root.js';
import { scoreSentiment } from './sentiment.js';
import { judgeUrgency } from './urgency.js';

const ALTERNATIVES_MAX = 3;
const ALTERNATIVE_CONFIDENCE_MIN = 0.01;
const CONFIDENCE_STEPS = 10_000;

/** Down, never up: a confidence just under a threshold stays under it. */
function rounded({ intent, confidence }: RankedIntent): RankedIntent {
  return { intent, confidence: Math.floor(confidence * CONFIDENCE_STEPS) / CONFIDENCE_STEPS };
}

/**
 * Says what a redacted message asks for. Holds the trained model, read once; pure and synchronous
 * after that, well under a millisecond a message, and never throws on any text.
 */
@Injectable()
export class IntentClassifier {
  /** Version and sha-256 of the artefact: in every classification and event. */
  readonly modelReference: Classification['model'];

  constructor(
    private readonly model: IntentModel,
    digest: string,
    private readonly policy: IntentsPolicy,
  ) {
    this.modelReference = Object.freeze({ version: model.parameters.version, digest });
  }

  /**
   * Reads the shipped artefact, `models/intents.bin`.
   *
   * @throws Error where it is missing or not an artefact of this format: the service does not start.
   */
  static open(policy: IntentsPolicy): IntentClassifier {
    const artefact = readFileSync(artefactPath());
    return new IntentClassifier(
      new IntentModel(parseArtefact(artefact)),
      digestOf(artefact),
      policy,
    );
  }

  /** Classifies a redacted text; `now` resolves words like "yesterday". */
  classify(text: string, now: Date): Classification {
    const { topic, ranked } = this.model.predict(text);
    const [top, ...others] = ranked.map(rounded);
    return {
      intent: top?.intent ?? outOfScope,
      confidence: top?.confidence ?? 0,
      alternatives: others
        .filter(({ confidence }) => confidence >= ALTERNATIVE_CONFIDENCE_MIN)
        .slice(0, ALTERNATIVES_MAX),
      topic,
      language: detectLanguage(text),
      urgency: judgeUrgency(text, ranked, this.policy),
      sentiment: scoreSentiment(text),
      entities: findEntities(text, now),
      model: this.modelReference,
    };
  }
}

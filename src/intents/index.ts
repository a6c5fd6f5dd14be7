/**
 * Says what a message asks for: intent, calibrated confidence, language, urgency, mood and the facts
 * named in it. It promises the same answer for the same text and model, and names the model in every
 * answer. It acts on nothing, stores nothing, and must be given redacted text.
 */
export type { Classification, RankedIntent } from './classification.js';
export type { Entities } from './entities/entities.js';
export type { AmountEntity } from './entities/amount.js';
export { IntentClassifier } from './intent-classifier.js';
export { type IntentId, intentIds } from './intent-catalogue.js';
export { IntentsModule } from './intents.module.js';

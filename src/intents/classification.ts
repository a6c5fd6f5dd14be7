import type { IntentPriority } from '../policy/index.js';
import type { Entities } from './entities/entities.js';
import type { IntentId } from './intent-catalogue.js';

/** An intent with its calibrated probability, 0 to 1, four decimals. */
export interface RankedIntent {
  readonly intent: IntentId;
  readonly confidence: number;
}

/** What a message asks for, as far as a machine can tell. It decides nothing: policy does. */
export interface Classification extends RankedIntent {
  /** The next intents, most probable first; never those that nearly cannot be. */
  readonly alternatives: readonly RankedIntent[];
  /** The finer label that leads within the intent, `dispute-details`; for choosing a playbook's branch. */
  readonly topic: string;
  /** ISO 639-1; `und` where nothing tells. */
  readonly language: string;
  readonly urgency: IntentPriority;
  /** -1 (furious) to 1 (delighted), from a weighted word list; 0 where no word is in it. */
  readonly sentiment: number;
  readonly entities: Entities;
  readonly model: { readonly version: string; readonly digest: string };
}

import type { IntentId } from '../intent-catalogue.js';

/** One labelled message; `weight` says how often it counts. */
export interface Example {
  readonly text: string;
  readonly topic: string;
  readonly intent: IntentId;
  readonly weight: number;
  readonly source: 'banking77' | 'clinc150' | 'own';
}

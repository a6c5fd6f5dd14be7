import { Module } from '@nestjs/common';

import { Policies } from '../policy/index.js';
import { IntentClassifier } from './intent-classifier.js';

/** Loads the model once, when the service starts; a missing artefact stops the start. */
@Module({
  providers: [
    {
      provide: IntentClassifier,
      inject: [Policies],
      useFactory: (policies: Policies) => IntentClassifier.open(policies.intents),
    },
  ],
  exports: [IntentClassifier],
})
export class IntentsModule {}

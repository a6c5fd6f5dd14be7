import { Command } from '@nestjs/cqrs';

import { Authorized } from '../../authority/index.js';
import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import type { ReportedCard } from '../containment/card-lookup.js';
import type { FraudReported } from './report-fraud.command.js';

export interface FraudDetails {
  readonly caseId: string;
  readonly card: ReportedCard;
}

/** Takes details of the card that a notice of fraud lacked; the answer never tells whether they fit. */
@Authorized('fraud.add-details')
export class AddFraudDetails extends Command<Audited<FraudReported>> {
  constructor(
    readonly input: FraudDetails,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}

import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import type { Audited } from '../../ledger/index.js';
import { CreateRefund } from './create-refund.command.js';
import type { CreatedRefund } from './refund-intent.js';
import { RefundIntents } from './refund-intents.js';

@CommandHandler(CreateRefund)
export class CreateRefundHandler implements ICommandHandler<CreateRefund> {
  constructor(private readonly intents: RefundIntents) {}

  execute({ input, actor, idempotency }: CreateRefund): Promise<Audited<CreatedRefund>> {
    const { caseId, amount, reason, category = null } = input;
    return this.intents.take(
      { kind: 'refund', caseId, amount, reason, category, feeTransactionId: null },
      { actor, idempotency },
    );
  }
}

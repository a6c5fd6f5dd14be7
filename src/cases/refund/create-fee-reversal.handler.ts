import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import type { Audited } from '../../ledger/index.js';
import { CreateFeeReversal } from './create-fee-reversal.command.js';
import type { CreatedRefund } from './refund-intent.js';
import { RefundIntents } from './refund-intents.js';

@CommandHandler(CreateFeeReversal)
export class CreateFeeReversalHandler implements ICommandHandler<CreateFeeReversal> {
  constructor(private readonly intents: RefundIntents) {}

  execute({ input, actor, idempotency }: CreateFeeReversal): Promise<Audited<CreatedRefund>> {
    const { caseId, amount, reason, category = null, transactionId } = input;
    return this.intents.take(
      { kind: 'fee-reversal', caseId, amount, reason, category, feeTransactionId: transactionId },
      { actor, idempotency },
    );
  }
}

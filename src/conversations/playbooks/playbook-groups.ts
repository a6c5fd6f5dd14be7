import { Injectable } from '@nestjs/common';

import { BalancePlaybook } from './balance.playbook.js';
import { DisputePlaybook } from './dispute.playbook.js';
import { FraudPlaybook } from './fraud.playbook.js';
import { PaymentPlaybook } from './payment.playbook.js';

/** The playbooks that take a notice: they run for anybody. */
@Injectable()
export class NoticePlaybooks {
  constructor(
    readonly fraud: FraudPlaybook,
    readonly dispute: DisputePlaybook,
  ) {}
}

/** The playbooks behind the gate. */
@Injectable()
export class DisclosurePlaybooks {
  constructor(
    readonly balance: BalancePlaybook,
    readonly payment: PaymentPlaybook,
  ) {}
}

import { Injectable } from '@nestjs/common';

import { Gate } from './gate.js';
import { handOff } from './hand-off.playbook.js';
import type { AnswerInside, Playbook, Turn } from './playbook.js';

/** A payment question: identity first, then a person of the payments team, who sees it verified. */
@Injectable()
export class PaymentPlaybook implements Playbook {
  constructor(private readonly gate: Gate) {}

  async prepare(turn: Turn): Promise<AnswerInside> {
    const ask = { topic: 'payment', action: 'account.list-transactions', purpose: 'payment' };
    const closed = await this.gate.prepare(turn, ask);
    return closed ?? handOff('sensitive_request', 'payments', 'payment-verified');
  }
}

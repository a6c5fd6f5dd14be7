import { Injectable } from '@nestjs/common';

import { Authority } from '../../authority/index.js';
import { BankUnavailable } from '../../banking/index.js';
import {
  type DisputedTransaction,
  DisputedTransactions,
  disputeTransactionDisclosed,
} from '../../cases/index.js';
import type { Tx } from '../../ledger/index.js';
import { disclosureRefused } from '../conversations.events.js';
import { Gate } from './gate.js';
import { handOff } from './hand-off.playbook.js';
import type { Answer, AnswerInside, Playbook, Turn } from './playbook.js';

const action = 'dispute.read-transaction';
const fieldsShown = [
  'transaction.postedOn',
  'transaction.merchant',
  'transaction.amount',
  'account.masked',
];

/** Shows what a dispute knows of the account: behind the code, however freely the notice was taken. */
@Injectable()
export class DisputeTransactionPlaybook implements Playbook {
  constructor(
    private readonly authority: Authority,
    private readonly gate: Gate,
    private readonly disputed: DisputedTransactions,
  ) {}

  async prepare(turn: Turn): Promise<AnswerInside> {
    const closed = await this.gate.prepare(turn, {
      topic: 'dispute-transaction',
      action,
      purpose: 'dispute',
      resource: { kind: 'dispute', id: 'own' },
    });
    if (closed) return closed;
    try {
      const found = await this.disputed.find(turn.actor);
      if (!found) return handOff('sensitive_request', 'disputes');
      return (tx) => this.#disclose(tx, turn, found);
    } catch (error) {
      if (error instanceof BankUnavailable)
        return handOff('bank_unavailable', 'disputes', 'bank-unavailable');
      throw error;
    }
  }

  async #disclose(tx: Tx, turn: Turn, found: DisputedTransaction): Promise<Answer> {
    const resource = { kind: 'dispute', id: found.case.id };
    const decision = await this.authority.decide(tx, turn.actor, action, {
      resource: { ...resource, ownerSubjectRef: turn.actor.subjectRef },
      defaultPurpose: 'dispute',
    });
    if (decision.kind !== 'permit') {
      return {
        outcome: 'refused',
        code: 'authority.denied',
        reply: { templateId: 'handed-off' },
        events: [disclosureRefused({ decision, detail: { intent: turn.classification.intent } })],
      };
    }
    if (found.transactions.length === 0) {
      // Nothing at the bank fits what was told yet: there is nothing to show, and no data leaves.
      const { number, id } = found.case;
      const reply = { templateId: 'dispute-status', values: { number } };
      return { outcome: 'answered', reply, decision, caseId: id, events: [] };
    }
    const lines = found.transactions.map(
      ({ postedOn, merchant, amount, accountMasked }) =>
        `${postedOn} ${merchant} ${amount.amount} ${amount.currency} (${accountMasked})`,
    );
    return {
      outcome: 'answered',
      reply: {
        templateId: 'dispute-transaction',
        values: { number: found.case.number, transactions: lines.join('\n') },
      },
      data: {
        kind: 'dispute-transaction',
        case: found.case,
        transactions: [...found.transactions],
      },
      decision,
      dataAccessed: fieldsShown,
      caseId: found.case.id,
      events: [
        disputeTransactionDisclosed({
          decision,
          resource,
          caseId: found.case.id,
          dataAccessed: fieldsShown,
          detail: { transactions: found.transactions.length },
        }),
      ],
    };
  }
}

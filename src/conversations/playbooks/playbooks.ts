import { Injectable } from '@nestjs/common';

import type { Classification } from '../../intents/index.js';
import { Policies } from '../../policy/index.js';
import type { Conversation } from '../conversation.entity.js';
import { CaseDetailsPlaybook } from './case-details.playbook.js';
import { DisputeTransactionPlaybook } from './dispute-transaction.playbook.js';
import { handOff } from './hand-off.playbook.js';
import type { Playbook, Turn } from './playbook.js';
import { DisclosurePlaybooks, NoticePlaybooks } from './playbook-groups.js';
import { statement } from './statement.playbook.js';

/** Fields whose answer may be a bare number of six digits. */
const fieldsOfSixDigits = ['customerNumber', 'cardDetails', 'reference'];

const bareNumber = /^[\d\s-]+$/;

/** Chooses what answers a message. The order of the questions is the order of what must not be lost. */
@Injectable()
export class Playbooks {
  readonly #byTopic: ReadonlyMap<string, Playbook>;

  constructor(
    private readonly policies: Policies,
    private readonly disputeTransaction: DisputeTransactionPlaybook,
    private readonly caseDetails: CaseDetailsPlaybook,
    notices: NoticePlaybooks,
    disclosures: DisclosurePlaybooks,
  ) {
    this.#byTopic = new Map<string, Playbook>([
      ['fraud', notices.fraud],
      ['dispute', notices.dispute],
      ['balance', disclosures.balance],
      ['payment', disclosures.payment],
      ['dispute-transaction', disputeTransaction],
      ['complaint', always(handOff('compliance_concern', 'compliance', 'regulator-complaint'))],
      ['general', statement('answered', 'general-inquiry')],
      ['investment-refusal', statement('refused', 'investment-refusal', 'advice.not_given')],
      ['out-of-scope', statement('refused', 'out-of-scope', 'request.out_of_scope')],
    ]);
    // A playbook that policy names and nobody wrote must stop the start, not a customer.
    for (const { playbook } of policies.intents.intents) {
      if (playbook !== null) this.byTopic(playbook);
    }
  }

  /** @throws Error for a topic that no playbook answers: a fault of the policy. */
  byTopic(topic: string): Playbook {
    const playbook = this.#byTopic.get(topic);
    if (!playbook) throw new Error(`No playbook named ${topic}`);
    return playbook;
  }

  /** Whether six bare digits can be what the last reply asked for. */
  mayAnswerWithDigits({ awaitingField }: Conversation): boolean {
    return awaitingField !== null && fieldsOfSixDigits.includes(awaitingField);
  }

  choose(turn: Turn): Playbook {
    const { classification, conversation } = turn;
    const notice = this.#notice(classification);
    if (conversation.awaitingField !== null && !this.#changesSubject(turn, notice)) {
      return this.caseDetails;
    }
    if (classification.topic === 'dispute-details') return this.disputeTransaction;
    // Asks after a case that this conversation opened: a person of the team tells, and no second case.
    if (classification.topic === 'fraud-case-status' && conversation.caseId !== null) {
      return always(handOff('customer_request', 'fraud'));
    }
    // A notice is never lost to a low confidence: the threshold only decides who answers.
    if (notice) return this.byTopic(notice);
    const rule = this.policies.intent(classification.intent);
    if (classification.confidence < rule.confidenceThreshold) {
      return always(handOff('confidence_threshold', rule.queue));
    }
    if (rule.playbook !== null) return this.byTopic(rule.playbook);
    return always(handOff(rule.handOffReason ?? 'sensitive_request', rule.queue, rule.intent));
  }

  /** The notice that leads, or that reaches the policy's threshold behind another intent. */
  #notice(classification: Classification): string | null {
    const candidates = [
      { intent: classification.intent, confidence: classification.confidence },
      ...classification.alternatives,
    ];
    for (const [place, { intent, confidence }] of candidates.entries()) {
      const { noticeThreshold, playbook } = this.policies.intent(intent);
      if (noticeThreshold === null || playbook === null) continue;
      if (place === 0 || confidence >= noticeThreshold) return playbook;
    }
    return null;
  }

  /** While details are asked for, only a confident other request is taken as one. */
  #changesSubject(turn: Turn, notice: string | null): boolean {
    const { classification, conversation, text } = turn;
    // A card that was asked for and is named: whatever else the words sound like, this is the answer.
    if (conversation.awaitingField === 'cardDetails' && namesCard(turn)) return false;
    // Whatever a model makes of bare digits: they answer the question.
    if (bareNumber.test(text)) return false;
    const { intent, confidence, topic } = classification;
    if (topic === 'dispute-details') return true;
    const rule = this.policies.intent(intent);
    if (confidence < rule.confidenceThreshold || intent === 'out-of-scope') return false;
    // "It was the charge at the shop" answers the question; it is no second notice.
    if (notice !== null) return notice === 'fraud' && conversation.awaitingField !== 'cardDetails';
    return true;
  }
}

function namesCard({ cardNumbers, classification: { entities } }: Turn): boolean {
  return (
    cardNumbers.length > 0 ||
    entities.lastFour !== undefined ||
    entities.customerNumber !== undefined
  );
}

function always(inside: ReturnType<typeof handOff>): Playbook {
  return { prepare: () => Promise.resolve(inside) };
}

import { Injectable } from '@nestjs/common';

import { Authority } from '../../authority/index.js';
import {
  accountBalanceDisclosed,
  balanceFields,
  balanceView,
  BankUnavailable,
  CoreBanking,
} from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import { formatMoney, type MinorMoney } from '../../platform/index.js';
import type { Decision } from '../../policy/index.js';
import { disclosureRefused, playbookStepCompleted } from '../conversations.events.js';
import { Gate } from './gate.js';
import { handOff } from './hand-off.playbook.js';
import type { Answer, AnswerInside, Playbook, Turn } from './playbook.js';

const transactionsShown = 5;
/** Always in this order; each leaves its event, and the disclosure's own follows the last. */
const steps = ['verify_identity', 'fetch', 'format_and_mask', 'log_access'];
const action = 'account.read-balance';

/**
 * "What's my balance?" in four steps, always in this order: verify identity, fetch, format and mask,
 * log access. Each leaves its event; the last is the disclosure's own.
 */
@Injectable()
export class BalancePlaybook implements Playbook {
  constructor(
    private readonly authority: Authority,
    private readonly gate: Gate,
    private readonly banking: CoreBanking,
  ) {}

  async prepare(turn: Turn): Promise<AnswerInside> {
    const { actor } = turn;
    const ask = { topic: 'balance', action, purpose: 'balance-inquiry' };
    const closed = await this.gate.prepare(turn, ask);
    if (closed) return closed;

    const customerNumber = actor.customerNumber ?? '';
    let found: Statement;
    try {
      const accounts = await this.banking.listAccounts(customerNumber);
      const account = pickAccount(accounts, turn);
      found = account
        ? await this.banking.readStatement(customerNumber, account.id, transactionsShown)
        : null;
    } catch (error) {
      if (error instanceof BankUnavailable)
        return handOff('bank_unavailable', 'support', 'bank-unavailable');
      throw error;
    }
    const statement = found;
    if (!statement) return handOff('sensitive_request', 'support');
    return (tx) => this.#disclose(tx, turn, statement);
  }

  async #disclose(tx: Tx, turn: Turn, statement: NonNullable<Statement>): Promise<Answer> {
    const { actor } = turn;
    const decision = await this.authority.decide(tx, actor, action, {
      resource: { kind: 'account', id: statement.account.id, ownerSubjectRef: actor.subjectRef },
      defaultPurpose: 'balance-inquiry',
    });
    if (decision.kind !== 'permit') return refusedAnswer(decision, turn);
    const data = { kind: 'balance' as const, ...balanceView(statement) };
    return {
      outcome: 'answered',
      reply: {
        templateId: 'balance-answer',
        values: {
          account: data.account.masked,
          available: displayMoney(statement.balance.available),
          current: displayMoney(statement.balance.current),
          transactions: data.transactions
            .map(
              ({ postedOn, merchant, amount }) =>
                `${postedOn} ${merchant} ${amount.amount} ${amount.currency}`,
            )
            .join('\n'),
        },
      },
      data,
      decision,
      dataAccessed: balanceFields,
      events: [
        ...steps.map((step, index) =>
          playbookStepCompleted({
            decision,
            detail: { playbook: 'balance-inquiry', step, order: index + 1 },
          }),
        ),
        accountBalanceDisclosed({
          decision,
          resource: { kind: 'account', id: statement.account.id },
          dataAccessed: balanceFields,
          detail: { via: 'conversation', transactions: data.transactions.length },
        }),
      ],
      state: 'in_progress',
    };
  }
}

type Statement = Awaited<ReturnType<CoreBanking['readStatement']>>;

/** The account that the message names by its last digits, else the first. */
function pickAccount<Account extends { number: string }>(
  accounts: readonly Account[],
  turn: Turn,
): Account | undefined {
  const { lastFour } = turn.classification.entities;
  const named = lastFour && accounts.find(({ number }) => number.endsWith(lastFour));
  return named || accounts[0];
}

/** `2450.32` as people read it: `2,450.32 USD`. */
function displayMoney({ amountMinor, currency }: MinorMoney): string {
  const [whole = '', ...decimals] = formatMoney(amountMinor, currency).amount.split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${[grouped, ...decimals].join('.')} ${currency}`;
}

function refusedAnswer(decision: Exclude<Decision, { kind: 'permit' }>, turn: Turn): Answer {
  return {
    outcome: 'refused',
    code: 'authority.denied',
    reply: { templateId: 'handed-off' },
    events: [disclosureRefused({ decision, detail: { intent: turn.classification.intent } })],
  };
}

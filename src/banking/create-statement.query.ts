import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import type { Audited } from '../ledger/index.js';
import { type Actor, Clock } from '../platform/index.js';
import { AccountDisclosure } from './account-disclosure.js';
import { balanceFields, balanceView, balanceViewSchema } from './account-view.js';
import { accountStatementDisclosed } from './banking.events.js';
import { type BankStatement, CoreBanking } from './core-banking.port.js';

const daysDefault = 30;
const transactionsMax = 1_000;

export const createStatementSchema = z
  .strictObject({ from: z.iso.date().optional(), to: z.iso.date().optional() })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    error: 'a day on or after `from`',
  })
  .meta({ id: 'CreateStatement', description: 'Both days belong to the period.' });
export type CreateStatementInput = z.infer<typeof createStatementSchema>;

export const accountStatementSchema = z
  .object({
    kind: z.literal('statement'),
    period: z.object({ from: z.iso.date(), to: z.iso.date() }),
    ...balanceViewSchema.shape,
  })
  .meta({ id: 'AccountStatement' });
export type AccountStatement = z.infer<typeof accountStatementSchema>;

/** A statement of one of the customer's own accounts; the last thirty days where no period is named. */
@Authorized('account.create-statement')
export class CreateStatement extends Query<Audited<AccountStatement>> {
  constructor(
    readonly accountId: string,
    readonly input: CreateStatementInput,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(CreateStatement)
export class CreateStatementHandler implements IQueryHandler<CreateStatement> {
  constructor(
    private readonly disclosure: AccountDisclosure,
    private readonly banking: CoreBanking,
    private readonly clock: Clock,
  ) {}

  execute({ accountId, input, actor }: CreateStatement): Promise<Audited<AccountStatement>> {
    const period = periodOf(input, this.clock.now());
    return this.disclosure.disclose(actor, {
      action: 'account.create-statement',
      accountId,
      ask: async (customerNumber): Promise<BankStatement | null> => {
        const statement = await this.banking.readStatement(customerNumber, accountId, 1);
        if (!statement) return null;
        const transactions = await this.banking.listTransactions(customerNumber, accountId, {
          limit: transactionsMax,
          postedFrom: period.from,
          postedTo: period.to,
        });
        return { ...statement, transactions };
      },
      show: (found): AccountStatement => ({ kind: 'statement', period, ...balanceView(found) }),
      report: ({ transactions }, about) =>
        accountStatementDisclosed({
          ...about,
          dataAccessed: balanceFields,
          detail: { via: 'api', transactions: transactions.length, ...period },
        }),
    });
  }
}

function periodOf({ from, to }: CreateStatementInput, now: Date): { from: string; to: string } {
  const end = to ?? now.toISOString().slice(0, 10);
  const start = new Date(`${end}T00:00:00Z`);
  start.setUTCDate(start.getUTCDate() - daysDefault + 1);
  return { from: from ?? start.toISOString().slice(0, 10), to: end };
}

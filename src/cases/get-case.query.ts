import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import { CoreBanking } from '../banking/index.js';
import type { Audited, Tx } from '../ledger/index.js';
import { type Actor, moneySchema } from '../platform/index.js';
import { maskPhone } from '../privacy/index.js';
import { type CaseFacts, SealedFacts } from './case-facts.js';
import { CaseReading } from './case-reading.js';
import { type CaseItem, caseItem, caseItemSchema } from './case-view.js';
import type { Case } from './case.entity.js';
import { withPatience } from './patience.js';
import { Task } from './task.entity.js';

const factsSchema = z.object({
  merchant: z.string().optional(),
  amount: moneySchema.optional(),
  occurredOn: z.iso.date().optional(),
  reason: z.string().optional(),
});

export const caseDetailSchema = z
  .object({
    ...caseItemSchema.shape,
    links: z.array(z.object({ kind: z.literal('duplicate-of'), caseId: z.uuid() })),
    callBackDueAt: z.iso.datetime().nullable(),
    /** Where the call-back goes; null for a guest and for staff. */
    phone: z
      .string()
      .nullable()
      .meta({ examples: ['**34'] }),
    /** What was told of the transaction; null below the assurance that account data needs. */
    transaction: factsSchema.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Case' });

type FactsView = Pick<CaseFacts, 'merchant' | 'amount' | 'occurredOn' | 'reason'>;

export interface CaseDetail extends CaseItem {
  readonly links: readonly { readonly kind: string; readonly caseId: string }[];
  readonly callBackDueAt: string | null;
  readonly phone: string | null;
  readonly transaction: FactsView | null;
  readonly version: number;
}

/** Reads one case: its progress, and what it knows of the transaction to those who may see that. */
@Authorized('case.read', 'dispute.read-transaction')
export class GetCase extends Query<Audited<CaseDetail>> {
  constructor(
    readonly caseId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetCase)
export class GetCaseHandler implements IQueryHandler<GetCase> {
  constructor(
    private readonly reading: CaseReading,
    private readonly facts: SealedFacts,
    private readonly banking: CoreBanking,
  ) {}

  async execute({ actor, caseId }: GetCase): Promise<Audited<CaseDetail>> {
    // Before the transaction; a silent bank leaves the phone out.
    const phone = await this.#phoneOf(actor);
    return this.reading.read(actor, {
      caseId,
      part: 'case',
      action: 'case.read',
      show: async (tx, about) => {
        const maySeeBankFacts = await this.reading.maySeeBankFacts(tx, about);
        const transaction = await this.#transactionOf(tx, about);
        const callBack = await tx.manager.findOneBy(Task, { caseId: about.id, kind: 'call-back' });
        const view: CaseDetail = {
          ...caseItem(about, maySeeBankFacts),
          links: maySeeBankFacts ? await linksOf(tx, about) : [],
          callBackDueAt: callBack?.dueAt?.toISOString() ?? null,
          phone: callBack && phone,
          transaction,
          version: about.version,
        };
        return { view, dataAccessed: fieldsOf(view) };
      },
    });
  }

  async #phoneOf({ customerNumber }: Actor): Promise<string | null> {
    if (customerNumber === null) return null;
    const customer = await withPatience(this.banking.findCustomer(customerNumber), null);
    return customer?.phone ? maskPhone(customer.phone) : null;
  }

  async #transactionOf(tx: Tx, about: Case): Promise<FactsView | null> {
    if (!(await this.reading.mayReadTransaction(tx, about))) return null;
    const { merchant, amount, occurredOn, reason } = await this.facts.open(tx.manager, about);
    return { merchant, amount, occurredOn, reason };
  }
}

async function linksOf(tx: Tx, { id }: Case): Promise<CaseDetail['links']> {
  const rows = await tx.query<{ kind: string; linked_case_id: string }>(
    'SELECT kind, linked_case_id FROM case_links WHERE case_id = $1 ORDER BY linked_case_id',
    [id],
  );
  return rows.map((row) => ({ kind: row.kind, caseId: row.linked_case_id }));
}

function fieldsOf({ phone, transaction }: CaseDetail): readonly string[] {
  const told = transaction ? Object.entries(transaction) : [];
  return [
    'case.status',
    ...(phone === null ? [] : ['customer.phone.masked']),
    ...told.filter(([, value]) => value !== undefined).map(([name]) => `transaction.${name}`),
  ];
}

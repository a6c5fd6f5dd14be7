import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  receiptSchema,
  refused,
} from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';
import { StaffDirectory } from '../staff-directory.js';
import { staffAdministrationRefused, staffListed } from '../staff.events.js';
import { type StaffView, staffViewSchema, viewOfStaff } from './staff-view.js';

export const staffListSchema = z
  .object({ items: z.array(staffViewSchema), receipt: receiptSchema })
  .meta({ id: 'StaffList' });

export interface StaffList {
  readonly items: readonly StaffView[];
}

/** The staff directory, oldest entries first. */
@Authorized('staff.list')
export class ListStaff extends Query<Audited<StaffList>> {
  constructor(readonly actor: Actor) {
    super();
  }
}

@QueryHandler(ListStaff)
export class ListStaffHandler implements IQueryHandler<ListStaff> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly directory: StaffDirectory,
  ) {}

  execute({ actor }: ListStaff): Promise<Audited<StaffList>> {
    return this.audited.disclose<StaffList>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'staff.list', {});
      if (decision.kind !== 'permit') {
        const detail = { action: 'staff.list' };
        return refused(refusalOf(decision), staffAdministrationRefused({ decision, detail }));
      }
      const items = (await this.directory.list(tx)).map(viewOfStaff);
      return disclosed(
        { items },
        staffListed({ decision, dataAccessed: ['staff.email'], detail: { entries: items.length } }),
      );
    });
  }
}

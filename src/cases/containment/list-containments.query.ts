import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import type { Audited } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { CaseReading } from '../case-reading.js';
import {
  type ContainmentView,
  containmentView,
  containmentViewSchema,
} from './containment-view.js';
import { Containments } from './containments.js';

export const containmentListSchema = z
  .object({ items: z.array(containmentViewSchema), next: z.null() })
  .meta({ id: 'ContainmentList' });

export interface ContainmentList {
  readonly items: readonly ContainmentView[];
  readonly next: null;
}

/** The protective measures of a case. */
@Authorized('containment.list')
export class ListContainments extends Query<Audited<ContainmentList>> {
  constructor(
    readonly caseId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ListContainments)
export class ListContainmentsHandler implements IQueryHandler<ListContainments> {
  constructor(
    private readonly reading: CaseReading,
    private readonly containments: Containments,
  ) {}

  execute({ actor, caseId }: ListContainments): Promise<Audited<ContainmentList>> {
    return this.reading.read(actor, {
      caseId,
      part: 'containments',
      action: 'containment.list',
      show: async (tx, about) => {
        const found = await this.containments.listOf(tx.manager, about.id);
        const isIdentifiable = !about.missingFields.includes('cardDetails');
        const view: ContainmentList = {
          items: found.map((one) => containmentView(one, actor, isIdentifiable)),
          next: null,
        };
        return { view, dataAccessed: ['containment.state', 'containment.reason'] };
      },
    });
  }
}

import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  receiptSchema,
  refused,
} from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { ApiClients } from './api-clients.js';
import { viewOfClient } from './api-client-view.js';
import { clientChangeRefused, clientsListed } from './clients.events.js';
import { apiClientSchema, type ApiClientView } from './create-api-client.command.js';

export const apiClientListSchema = z
  .object({ items: z.array(apiClientSchema), receipt: receiptSchema })
  .meta({ id: 'ApiClients' });

export interface ApiClientList {
  readonly items: readonly ApiClientView[];
}

/** Lists integration clients, revoked ones too, newest first. */
@Authorized('api-client.list')
export class ListApiClients extends Query<Audited<ApiClientList>> {
  constructor(readonly actor: Actor) {
    super();
  }
}

@QueryHandler(ListApiClients)
export class ListApiClientsHandler implements IQueryHandler<ListApiClients> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly clients: ApiClients,
  ) {}

  execute({ actor }: ListApiClients): Promise<Audited<ApiClientList>> {
    return this.audited.disclose<ApiClientList>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'api-client.list', {});
      if (decision.kind !== 'permit') {
        const detail = { step: 'list', reason: 'authority' } as const;
        return refused(refusalOf(decision), clientChangeRefused({ decision, detail }));
      }
      const items = (await this.clients.list(tx)).map(viewOfClient);
      return disclosed({ items }, clientsListed({ decision, detail: { count: items.length } }));
    });
  }
}

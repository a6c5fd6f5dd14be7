import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, committed, refused } from '../../ledger/index.js';
import { platformProblems } from '../../platform/index.js';
import { ApiClients } from './api-clients.js';
import { clientChangeRefused, clientRevoked } from './clients.events.js';
import { RevokeApiClient } from './revoke-api-client.command.js';

@CommandHandler(RevokeApiClient)
export class RevokeApiClientHandler implements ICommandHandler<RevokeApiClient> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly clients: ApiClients,
  ) {}

  execute({ clientId, actor }: RevokeApiClient): Promise<Audited<object>> {
    const resource = { kind: 'api-client', id: clientId };
    return this.audited.run<object>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'api-client.revoke', {});
      if (decision.kind !== 'permit') {
        const detail = { step: 'revoke', reason: 'authority' } as const;
        return refused(refusalOf(decision), clientChangeRefused({ decision, resource, detail }));
      }
      if (!(await this.clients.revoke(tx, clientId))) {
        const detail = { step: 'revoke', reason: 'unknown' } as const;
        return refused(
          platformProblems['resource.not_found'](),
          clientChangeRefused({ decision, resource, detail }),
        );
      }
      return committed({}, clientRevoked({ decision, resource, detail: {} }));
    });
  }
}

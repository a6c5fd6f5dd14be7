import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, committed, refused } from '../../ledger/index.js';
import { platformProblems } from '../../platform/index.js';
import { ApiClients } from './api-clients.js';
import { clientChangeRefused, clientKeyRemoved } from './clients.events.js';
import { RemoveClientKey } from './remove-client-key.command.js';

@CommandHandler(RemoveClientKey)
export class RemoveClientKeyHandler implements ICommandHandler<RemoveClientKey> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly clients: ApiClients,
  ) {}

  execute({ clientId, keyId, actor }: RemoveClientKey): Promise<Audited<object>> {
    const resource = { kind: 'api-client', id: clientId };
    return this.audited.run<object>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'api-client.remove-key', {});
      if (decision.kind !== 'permit') {
        const detail = { step: 'remove-key', reason: 'authority' } as const;
        return refused(refusalOf(decision), clientChangeRefused({ decision, resource, detail }));
      }
      if (!(await this.clients.removeKey(tx, clientId, keyId))) {
        const detail = { step: 'remove-key', reason: 'unknown' } as const;
        return refused(
          platformProblems['resource.not_found'](),
          clientChangeRefused({ decision, resource, detail }),
        );
      }
      return committed({}, clientKeyRemoved({ decision, resource, detail: { keyId } }));
    });
  }
}

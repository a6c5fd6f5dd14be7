import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, committed, refused } from '../../ledger/index.js';
import { Policies } from '../../policy/index.js';
import { ApiClients } from './api-clients.js';
import { viewOfClient } from './api-client-view.js';
import { clientChangeRefused, clientCreated } from './clients.events.js';
import { scopeUnknown } from './clients.problems.js';
import { type ApiClientView, CreateApiClient } from './create-api-client.command.js';

@CommandHandler(CreateApiClient)
export class CreateApiClientHandler implements ICommandHandler<CreateApiClient> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly clients: ApiClients,
    private readonly policies: Policies,
  ) {}

  execute({ input, actor }: CreateApiClient): Promise<Audited<ApiClientView>> {
    return this.audited.run<ApiClientView>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'api-client.create', {});
      if (decision.kind !== 'permit') {
        const detail = { step: 'create', reason: 'authority' } as const;
        return refused(refusalOf(decision), clientChangeRefused({ decision, detail }));
      }
      const scopes = [...new Set(input.scopes)];
      if (!scopes.every((scope) => this.#isScope(scope))) {
        const detail = { step: 'create', reason: 'unknown' } as const;
        return refused(scopeUnknown(), clientChangeRefused({ decision, detail }));
      }
      const client = await this.clients.create(tx, { name: input.name, scopes });
      const key = await this.clients.addKey(tx, client.id, input.jwk);
      if (!key) throw new Error('A new client has a key already');
      return committed(
        viewOfClient({ ...client, revokedAt: null, keys: [key] }),
        clientCreated({
          decision,
          resource: { kind: 'api-client', id: client.id },
          detail: { scopes, kids: [key.kid] },
        }),
      );
    });
  }

  /** A scope is a role `client.<scope>` of the authority policy. */
  #isScope(scope: string): boolean {
    return this.policies.authority.roles.some(
      ({ id, kind }) => kind === 'client' && id === `client.${scope}`,
    );
  }
}

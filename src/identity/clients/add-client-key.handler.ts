import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../ledger/index.js';
import { type Problem, platformProblems } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { type AddedClientKey, AddClientKey } from './add-client-key.command.js';
import { ApiClients } from './api-clients.js';
import { viewOfKey } from './api-client-view.js';
import { clientChangeRefused, clientKeyAdded } from './clients.events.js';
import { keyExists, keysExhausted } from './clients.problems.js';

@CommandHandler(AddClientKey)
export class AddClientKeyHandler implements ICommandHandler<AddClientKey> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly clients: ApiClients,
    private readonly policies: Policies,
  ) {}

  execute({ clientId, input, actor }: AddClientKey): Promise<Audited<AddedClientKey>> {
    const resource = { kind: 'api-client', id: clientId };
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<AddedClientKey>> => {
      const decision = await this.authority.decide(tx, actor, 'api-client.add-key', {});
      type Reason = Parameters<typeof clientChangeRefused>[0]['detail']['reason'];
      const refuse = (problem: Problem, reason: Reason): WriteOutcome<AddedClientKey> =>
        refused(
          problem,
          clientChangeRefused({ decision, resource, detail: { step: 'add-key', reason } }),
        );
      if (decision.kind !== 'permit') return refuse(refusalOf(decision), 'authority');
      const client = await this.clients.lock(tx, clientId);
      if (!client) return refuse(platformProblems['resource.not_found'](), 'unknown');
      if (client.keys.length >= this.policies.verification.apiClient.keysMax) {
        return refuse(keysExhausted(), 'too_many_keys');
      }
      const key = await this.clients.addKey(tx, clientId, input.jwk);
      if (!key) return refuse(keyExists(), 'key_repeated');
      const detail = { keyId: key.id, kid: key.kid };
      return committed(viewOfKey(key), clientKeyAdded({ decision, resource, detail }));
    });
  }
}

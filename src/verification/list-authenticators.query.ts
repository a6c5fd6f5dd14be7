import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  receiptSchema,
  refused,
} from '../ledger/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import { maskPhone } from '../privacy/index.js';
import { Recipients } from './recipients.js';
import { authenticatorRefused, authenticatorsListed } from './verification.events.js';

export const authenticatorListSchema = z
  .object({
    items: z.array(
      z.object({
        method: z.literal('sms'),
        destination: z.string().describe('Masked'),
        restricted: z.boolean().describe('NIST SP 800-63B-4 §3.2.9: the telephone network'),
      }),
    ),
    receipt: receiptSchema,
  })
  .meta({ id: 'AuthenticatorList' });
export type AuthenticatorList = Pick<z.output<typeof authenticatorListSchema>, 'items'>;

/** The ways in which a customer can be asked for a code. */
@Authorized('authenticator.list')
export class ListAuthenticators extends Query<Audited<AuthenticatorList>> {
  constructor(readonly actor: Actor) {
    super();
  }
}

@QueryHandler(ListAuthenticators)
export class ListAuthenticatorsHandler implements IQueryHandler<ListAuthenticators> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly recipients: Recipients,
  ) {}

  async execute({ actor }: ListAuthenticators): Promise<Audited<AuthenticatorList>> {
    const phone = await this.recipients.phoneOf(actor.customerNumber ?? '');
    return this.audited.disclose(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'authenticator.list', {});
      if (decision.kind !== 'permit') {
        const problem =
          'problem' in decision ? decision.problem : platformProblems['resource.not_found']();
        return refused(problem, authenticatorRefused({ decision, detail: { step: 'list' } }));
      }
      const items =
        phone === null
          ? []
          : [{ method: 'sms' as const, destination: maskPhone(phone), restricted: true }];
      return disclosed(
        { items },
        authenticatorsListed({
          decision,
          dataAccessed: ['phone.masked'],
          detail: { methods: items.map(({ method }) => method) },
        }),
      );
    });
  }
}

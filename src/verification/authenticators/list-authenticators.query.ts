import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  receiptSchema,
  refused,
} from '../../ledger/index.js';
import { Policies } from '../../policy/index.js';
import { type Actor, platformProblems } from '../../platform/index.js';
import { maskEmail, maskPhone } from '../../privacy/index.js';
import { challengeMethods } from '../challenge.entity.js';
import { type Means, Recipients } from '../recipients.js';
import { authenticatorRefused, authenticatorsListed } from '../verification.events.js';

export const authenticatorListSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.uuid().optional().describe('To remove it by; absent for what the bank keeps'),
        method: z.enum(challengeMethods),
        destination: z.string().optional().describe('Masked'),
        restricted: z.boolean().describe('NIST SP 800-63B-4 §3.2.9: the telephone network'),
        codesLeft: z.int().optional().describe('Recovery codes that can still be used'),
        countsForMoneyAt: z.iso
          .datetime()
          .optional()
          .describe('From when it may confirm that money moves'),
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
    private readonly policies: Policies,
  ) {}

  async execute({ actor }: ListAuthenticators): Promise<Audited<AuthenticatorList>> {
    const means = await this.recipients.listOwn(actor);
    return this.audited.disclose(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'authenticator.list', {});
      if (decision.kind !== 'permit') {
        const problem =
          'problem' in decision ? decision.problem : platformProblems['resource.not_found']();
        return refused(problem, authenticatorRefused({ decision, detail: { step: 'list' } }));
      }
      const items = means.filter(isThere).map((found) => this.#viewOf(found));
      return disclosed(
        { items },
        authenticatorsListed({
          decision,
          dataAccessed: ['phone.masked', 'email.masked'],
          detail: { methods: items.map(({ method }) => method) },
        }),
      );
    });
  }

  #viewOf({ method, destination, authenticator }: Means): AuthenticatorList['items'][number] {
    const rule = this.policies.assurance.methods.find((candidate) => candidate.method === method);
    const mask = method === 'email' ? maskEmail : maskPhone;
    const codesLeft = authenticator?.codesLeft ?? null;
    return {
      method,
      restricted: rule?.restricted ?? true,
      ...(destination === null ? {} : { destination: mask(destination) }),
      ...(authenticator ? { id: authenticator.id } : {}),
      ...(codesLeft === null ? {} : { codesLeft }),
      ...(authenticator?.countsForMoneyAt
        ? { countsForMoneyAt: authenticator.countsForMoneyAt.toISOString() }
        : {}),
    };
  }
}

function isThere({ destination, authenticator }: Means): boolean {
  return destination !== null || authenticator !== null;
}

import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  receiptSchema,
  refused,
} from '../ledger/index.js';
import { type DeliveryState, Notifications } from '../notifications/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import { ChallengeStore } from './challenge-store.js';
import { aboutOf } from './open-challenge.js';
import { challengeRefused, deliveryShown } from './verification.events.js';
import { verificationProblems } from './verification.problems.js';

/** What a customer can do something about; a message that nobody is told reads like one that failed. */
const shown = {
  queued: 'queued',
  sent: 'sent',
  delivered: 'delivered',
  failed: 'failed',
  withheld: 'failed',
  expired: 'expired',
  replaced: 'expired',
} as const satisfies Record<DeliveryState['state'], string>;

export const deliverySchema = z
  .object({
    state: z
      .enum(['queued', 'sent', 'delivered', 'failed', 'expired'])
      .describe('sent: a carrier took it; delivered: the carrier reports that it arrived'),
    receipt: receiptSchema,
  })
  .meta({ id: 'ChallengeDelivery' });
export type Delivery = Pick<z.output<typeof deliverySchema>, 'state'>;

/**
 * Where the newest message of a challenge stands: of one's own, or of anybody's for staff who help with
 * codes that do not arrive, in the same words. Not for guests: whether a message went out would tell
 * whether the number that they claim exists.
 */
@Authorized('challenge.delivery', 'challenge.delivery-support')
export class GetDelivery extends Query<Audited<Delivery>> {
  constructor(
    readonly challengeId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetDelivery)
export class GetDeliveryHandler implements IQueryHandler<GetDelivery> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly store: ChallengeStore,
    private readonly notifications: Notifications,
  ) {}

  async execute({ challengeId, actor }: GetDelivery): Promise<Audited<Delivery>> {
    const isStaff = actor.kind === 'staff';
    const found = isStaff
      ? await this.store.find(challengeId)
      : await this.store.findOwn(actor, challengeId);
    return this.audited.disclose(actor, async (tx) => {
      const ownerSubjectRef = found?.subjectRef ?? null;
      const resource = { kind: 'challenge', id: challengeId, ownerSubjectRef };
      const decision = isStaff
        ? await this.authority.decide(tx, actor, 'challenge.delivery-support', { resource })
        : await this.authority.decide(tx, actor, 'challenge.delivery', {
            resource,
            defaultPurpose: found?.purpose ?? 'account-access',
          });
      const refusal = (reason: string) =>
        challengeRefused({ decision, detail: { step: 'delivery', reason } });
      if (decision.kind !== 'permit') {
        return refused(refusalOf(decision), refusal(isStaff ? 'denied' : 'not_own'));
      }
      if (!found) return refused(platformProblems['resource.not_found'](), refusal('unknown'));
      const delivery = await this.notifications.deliveryOf(tx.manager, found.id);
      if (!delivery)
        return refused(verificationProblems['challenge.not_sent'](), refusal('not_sent'));
      const state = shown[delivery.state];
      const about = aboutOf(found);
      const detail = { ...about.detail, state };
      return disclosed({ state }, deliveryShown({ ...about, decision, detail }));
    });
  }
}

import { Injectable, Logger } from '@nestjs/common';

import { CoreBanking } from '../../banking/index.js';
import { type Actor, AppDatabase } from '../../platform/index.js';
import { maskPhone } from '../../privacy/index.js';
import { caseSummary } from '../case-view.js';
import { Case } from '../case.entity.js';
import { withPatience } from '../patience.js';
import { ApplyContainments } from '../containment/apply-containments.js';
import { containmentView } from '../containment/containment-view.js';
import { Containment } from '../containment/containment.entity.js';
import type { FraudReported } from './report-fraud.command.js';

/** The answer to a notice once it stands: what the bank did meanwhile, for those who may know. */
@Injectable()
export class FraudAnswer {
  readonly #logger = new Logger('FraudAnswer');

  constructor(
    private readonly apply: ApplyContainments,
    private readonly banking: CoreBanking,
    private readonly app: AppDatabase,
  ) {}

  /**
   * Starts the protection. A guest does not wait for it and does not learn of it: the answer and its
   * time are the same whether a card was found or not.
   */
  async after<Noticed extends FraudReported>(actor: Actor, noticed: Noticed): Promise<Noticed> {
    const effect = this.apply.attempt(noticed.containment.id, actor.origin.requestId);
    if (actor.kind === 'guest') {
      effect.catch((error: unknown) => this.#logger.error(String(error)));
      return noticed;
    }
    const [maskedPhone] = await Promise.all([
      withPatience(this.#phoneOf(actor), null),
      withPatience(effect, undefined),
    ]);
    return { ...noticed, ...(await this.#nowOf(actor, noticed)), maskedPhone };
  }

  async #phoneOf({ customerNumber }: Actor): Promise<string | null> {
    if (customerNumber === null) return null;
    const customer = await this.banking.findCustomer(customerNumber);
    return customer?.phone ? maskPhone(customer.phone) : null;
  }

  async #nowOf(
    actor: Actor,
    noticed: FraudReported,
  ): Promise<Pick<FraudReported, 'case' | 'containment'>> {
    const { manager } = this.app;
    const [current, held] = await Promise.all([
      manager.findOneByOrFail(Case, { id: noticed.case.id }),
      manager.findOneByOrFail(Containment, { id: noticed.containment.id }),
    ]);
    const isIdentifiable = !current.missingFields.includes('cardDetails');
    const { id, state, reason } = containmentView(held, actor, isIdentifiable);
    return { case: caseSummary(current), containment: { id, state, reason } };
  }
}

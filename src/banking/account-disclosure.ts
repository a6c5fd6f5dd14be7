import { Injectable } from '@nestjs/common';

import { Authority, refusalOf } from '../authority/index.js';
import {
  type Audited,
  type AuditEventDraft,
  AuditedTransaction,
  type DecisionReference,
  disclosed,
  refused,
} from '../ledger/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import { accountAccessRefused } from './banking.events.js';
import { BankUnavailable } from './core-banking.port.js';

/** Something of the bank's that an actor asks to see. */
export interface AccountRequest<Found, View extends object> {
  readonly action: string;
  /** Null where all the customer's accounts are meant. */
  readonly accountId: string | null;
  /** Asks the bank for what belongs to this customer; null where nothing of theirs has that id. */
  readonly ask: (customerNumber: string) => Promise<Found | null>;
  readonly show: (found: Found) => View;
  readonly report: (
    view: View,
    about: Pick<AuditEventDraft, 'resource'> & { decision: DecisionReference },
  ) => AuditEventDraft;
}

/**
 * The one road by which account data leaves: the bank is asked first, then authority, then the event
 * commits, then the view is given.
 */
@Injectable()
export class AccountDisclosure {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  /** @throws Problem of the refusal, which is an event; `service.unavailable` for a silent bank or ledger. */
  async disclose<Found, View extends object>(
    actor: Actor,
    request: AccountRequest<Found, View>,
  ): Promise<Audited<View>> {
    const { action, accountId } = request;
    const found = await this.#ask(actor, request);
    return this.audited.disclose<View>(actor, async (tx) => {
      const resource = accountId === null ? undefined : { kind: 'account', id: accountId };
      const decision = await this.authority.decide(tx, actor, action, {
        // What is not there belongs to nobody: authority answers both alike.
        ...(resource && {
          resource: { ...resource, ownerSubjectRef: found === null ? null : actor.subjectRef },
        }),
      });
      const about = { decision, ...(resource && { resource }) };
      if (decision.kind !== 'permit' || found === null) {
        const problem =
          decision.kind === 'permit'
            ? platformProblems['resource.not_found']()
            : refusalOf(decision);
        return refused(problem, accountAccessRefused({ ...about, detail: {} }));
      }
      const view = request.show(found);
      return disclosed(view, request.report(view, about));
    });
  }

  async #ask<Found, View extends object>(
    { customerNumber }: Actor,
    request: AccountRequest<Found, View>,
  ): Promise<Found | null> {
    if (customerNumber === null) return null;
    try {
      return await request.ask(customerNumber);
    } catch (error) {
      if (!(error instanceof BankUnavailable)) throw error;
      throw platformProblems['service.unavailable']({ cause: error });
    }
  }
}

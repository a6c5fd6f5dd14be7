import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  type DecisionReference,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { signInChallenge } from '../../identity.problems.js';
import { SessionOpening } from '../session-opening.js';
import { staffOidcRefused } from '../staff.events.js';
import { staffProblems } from '../staff.problems.js';
import type { CreatedStaffSession } from '../verify-staff-factor.command.js';
import { CompleteOidcSignIn } from './complete-oidc-sign-in.command.js';
import type { MappedPerson } from './claims.js';
import { OidcAnswers } from './oidc-answers.js';
import { OidcDirectory } from './oidc-directory.js';

type Reason = Parameters<typeof staffOidcRefused>[0]['detail']['reason'];

@CommandHandler(CompleteOidcSignIn)
export class CompleteOidcSignInHandler implements ICommandHandler<CompleteOidcSignIn> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly answers: OidcAnswers,
    private readonly directory: OidcDirectory,
    private readonly opening: SessionOpening,
  ) {}

  async execute({ input, actor }: CompleteOidcSignIn): Promise<Audited<CreatedStaffSession>> {
    const person = await this.answers.judge(input);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<CreatedStaffSession>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-session.complete-oidc', {});
      if (decision.kind !== 'permit') {
        const detail = { reason: 'authority' as const };
        return refused(refusalOf(decision), staffOidcRefused({ decision, detail }));
      }
      if (typeof person === 'string') return refuse(decision, person);
      return this.#open(tx, person, decision);
    });
  }

  async #open(
    tx: Tx,
    person: MappedPerson,
    decision: DecisionReference,
  ): Promise<WriteOutcome<CreatedStaffSession>> {
    const admitted = await this.directory.admit(tx, this.answers.issuer, person);
    if (typeof admitted === 'string') return refuse(decision, admitted);
    const { amr, authenticatedAt } = person;
    const { result, events } = await this.opening.open(tx, admitted.entry, {
      proof: { amr, method: 'oidc', authenticatedAt },
      decision,
    });
    return committed(result, ...events, ...admitted.events);
  }
}

/** One answer for all that can be wrong; the reason stands in the record. */
function refuse(decision: DecisionReference, reason: Reason): ReturnType<typeof refused> {
  const problem = staffProblems['staff.provider_refused']({ headers: signInChallenge('staff') });
  return refused(problem, staffOidcRefused({ decision, detail: { reason } }));
}

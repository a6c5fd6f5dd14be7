import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import type { Case } from '../case.entity.js';
import { containmentRequested } from '../cases.events.js';
import { type CardLookup, CardLookups, type ReportedCard } from '../containment/card-lookup.js';
import { ContainmentLimits } from '../containment/containment-limits.js';
import type { ContainmentReason } from '../containment/containment-state.js';
import type { Containment } from '../containment/containment.entity.js';
import { aboutContainment, Containments } from '../containment/containments.js';

/** Requests the protection of a card for a notice, within what somebody unproven may ask for. */
@Injectable()
export class ContainmentRequest {
  constructor(
    private readonly containments: Containments,
    private readonly limits: ContainmentLimits,
    private readonly lookups: CardLookups,
  ) {}

  /** What the notice gives to find a card with; null where that is not enough. */
  lookupOf(
    actor: Actor,
    {
      card,
      customerNumber,
    }: { card?: ReportedCard | undefined; customerNumber?: string | undefined },
  ): CardLookup | null {
    // Staff speak for a customer: what they enter stands for what a customer is signed in with.
    const isStaff = actor.kind === 'staff';
    return this.lookups.of(
      isStaff ? { ...actor, customerNumber: customerNumber ?? null } : actor,
      card,
    );
  }

  async make(
    tx: Tx,
    about: Case,
    lookup: CardLookup | null,
  ): Promise<{ containment: Containment; event: AuditEventDraft }> {
    const admitted = await this.#admit(tx, lookup);
    const containment = await this.containments.request(tx, about, admitted);
    return { containment, event: eventOf(about, containment) };
  }

  /** Gives the request what it lacked; one that is decided stays as it is. */
  async complete(
    tx: Tx,
    { about, containment }: { about: Case; containment: Containment },
    lookup: CardLookup,
  ): Promise<AuditEventDraft> {
    const isOpen = containment.state === 'requested' && containment.pendingEffect === null;
    const admitted = isOpen ? await this.#admit(tx, lookup) : { lookup: null, reason: null };
    if (admitted.lookup) {
      await this.containments.aim(tx, about, { containment, lookup: admitted.lookup });
    } else if (admitted.reason) {
      containment.reason = admitted.reason;
      await this.containments.save(tx, containment);
    }
    return eventOf(about, containment);
  }

  async #admit(
    tx: Tx,
    lookup: CardLookup | null,
  ): Promise<{ lookup: CardLookup | null; reason: ContainmentReason | null }> {
    if (!lookup) return { lookup: null, reason: 'card_not_identified' };
    const { kind, origin } = tx.actor;
    if (kind === 'customer' && lookup.cardToken !== undefined) {
      // Whose card it is shows only later; the count must not tell.
      const isAdmittedAsStranger = await this.limits.admitsOrigin(tx);
      return { lookup: { ...lookup, isAdmittedAsStranger }, reason: null };
    }
    if (kind !== 'guest') return { lookup, reason: null };
    if (await this.limits.admitsAddress(tx, origin.address)) return { lookup, reason: null };
    return { lookup: null, reason: 'containment_limit' };
  }
}

function eventOf({ subjectRef }: Case, containment: Containment): AuditEventDraft {
  return containmentRequested({ ...aboutContainment(containment), subjectRef });
}

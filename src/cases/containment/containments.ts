import { Injectable } from '@nestjs/common';
import { In, IsNull, Not } from 'typeorm';

import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { AppDatabase, type CaseId, IdSource } from '../../platform/index.js';
import { FieldEncryption } from '../../privacy/index.js';
import { Policies } from '../../policy/index.js';
import type { Case } from '../case.entity.js';
import type { CardLookup } from './card-lookup.js';
import { type ContainmentReason, containmentTypes } from './containment-state.js';
import { Containment } from './containment.entity.js';

const sweepMax = 100;

/** The rows of protective measures, and how a card is looked for. */
@Injectable()
export class Containments {
  constructor(
    private readonly app: AppDatabase,
    private readonly encryption: FieldEncryption,
    private readonly policies: Policies,
    private readonly ids: IdSource,
  ) {}

  /** Stores a request; with a lookup the bank is asked after the commit, without one people take over. */
  async request(
    tx: Tx,
    about: Case,
    { lookup, reason }: { lookup: CardLookup | null; reason: ContainmentReason | null },
  ): Promise<Containment> {
    const containment = Object.assign(new Containment(), {
      id: this.ids.ordered(),
      caseId: about.id,
      type: this.policies.fraud.containment.type,
      state: 'requested' as const,
      requestedAt: tx.now,
      cardId: null,
      holderSubjectRef: null,
      appliedAt: null,
      releasedAt: null,
      ...withoutEffect(reason),
    });
    if (lookup) await this.#aim(tx, about, { containment, lookup });
    await tx.manager.insert(Containment, containment);
    return containment;
  }

  /** Gives a request what it lacked; the bank is asked after the commit. */
  async aim(
    tx: Tx,
    about: Case,
    aimed: { containment: Containment; lookup: CardLookup },
  ): Promise<void> {
    await this.#aim(tx, about, aimed);
    await this.save(tx, aimed.containment);
  }

  async save(tx: Tx, containment: Containment): Promise<void> {
    const { id, ...parts } = containment;
    await tx.manager.update(Containment, { id }, parts);
  }

  lock(tx: Tx, id: string): Promise<Containment | null> {
    return tx.manager.findOne(Containment, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  find(id: string): Promise<Containment | null> {
    return this.app.manager.findOneBy(Containment, { id });
  }

  /** In the order of their request. */
  listOf(manager: Tx['manager'], caseId: CaseId): Promise<Containment[]> {
    return manager.find(Containment, { where: { caseId }, order: { id: 'ASC' } });
  }

  listPending(): Promise<Containment[]> {
    return this.app.manager.find(Containment, {
      where: { pendingEffect: Not(IsNull()), type: In([...containmentTypes]) },
      order: { requestedAt: 'ASC' },
      take: sweepMax,
    });
  }

  /** @throws KeyDestroyed after the person's erasure. */
  async lookupOf(containment: Containment, about: Case): Promise<CardLookup | null> {
    if (containment.lookup === null) return null;
    const { manager } = this.app;
    const place = placeOf(containment);
    const text = await this.encryption.decrypt(
      manager,
      about.subjectRef,
      place,
      containment.lookup,
    );
    return JSON.parse(text) as CardLookup;
  }

  async #aim(
    tx: Tx,
    { subjectRef }: Case,
    { containment, lookup }: { containment: Containment; lookup: CardLookup },
  ): Promise<void> {
    const { retryForSeconds } = this.policies.fraud.containment;
    containment.lookup = await this.encryption.encrypt(
      tx.manager,
      subjectRef,
      placeOf(containment),
      JSON.stringify(lookup),
    );
    containment.reason = null;
    containment.pendingEffect = 'block';
    containment.retryUntil = new Date(tx.now.getTime() + retryForSeconds * 1000);
  }
}

/** A request that the bank is not asked about, and why. */
export function withoutEffect(
  reason: ContainmentReason | null,
): Pick<Containment, 'reason' | 'pendingEffect' | 'retryUntil' | 'lookup'> {
  return { reason, pendingEffect: null, retryUntil: null, lookup: null };
}

/** What every event of a containment says of it. */
export function aboutContainment({ id, caseId, type, reason }: Containment): Pick<
  AuditEventDraft,
  'resource' | 'caseId'
> & {
  detail: { containmentId: string; type: string; reason: string | null };
} {
  return {
    resource: { kind: 'containment', id },
    caseId,
    detail: { containmentId: id, type, reason },
  };
}

function placeOf({ id }: Containment): { table: string; column: string; rowId: string } {
  return { table: 'containments', column: 'lookup', rowId: id };
}

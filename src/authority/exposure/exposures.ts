import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import type { CaseId, SubjectRef } from '../../platform/index.js';
import { type AggregateRule, type AggregateScope, Policies } from '../../policy/index.js';
import type { EarlierSum } from '../authority.js';

/** Everybody and everything whose limits one movement of money uses up. */
export interface ExposedParties {
  readonly caseId: CaseId;
  readonly customerRef: SubjectRef;
  /** Customers whom the bank holds to be linked to this one; without the customer. */
  readonly linkedRefs: readonly SubjectRef[];
  /** The account that the money goes to; null where it is not known yet. */
  readonly beneficiary: string | null;
  /** The person who asked; a delegate counts as the person they act for. */
  readonly agentId: string;
}

/** A movement of money that was set on its way. */
export interface Exposure extends Omit<ExposedParties, 'linkedRefs'> {
  /** Of the refund or reversal. */
  readonly id: string;
  readonly action: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

interface SumRow {
  readonly currency: string;
  readonly total: string;
}

const columnOf: Readonly<Record<AggregateScope, string>> = {
  case: 'case_id',
  customer: 'customer_ref',
  'linked-customers': 'customer_ref',
  beneficiary: 'beneficiary',
  agent: 'agent_id',
};

/**
 * What was moved within whose limits: the sums that an amount is judged on. Whoever reads them holds
 * their locks until the transaction ends, so that parallel requests cannot slip below a limit.
 */
@Injectable()
export class Exposures {
  constructor(private readonly policies: Policies) {}

  /** The sums of the policy's windows before this action; none for an action without limits. */
  async earlier(tx: Tx, action: string, parties: ExposedParties): Promise<readonly EarlierSum[]> {
    const limits = this.policies.authority.limits.find(({ actions }) => actions.includes(action));
    if (!limits) return [];
    const windows = limits.aggregates.filter(({ scope }) => valuesOf(scope, parties).length > 0);
    await this.#lock(
      tx,
      windows.flatMap(({ scope }) =>
        valuesOf(scope, parties).map((value) => `${columnOf[scope]}/${value}`),
      ),
    );
    const sums = await Promise.all(
      windows.map((window) => this.#sum(tx, limits.actions, { window, parties })),
    );
    return sums.flat();
  }

  /** Records what was set on its way, in the transaction that did so. */
  async record(tx: Tx, exposure: Exposure): Promise<void> {
    const { id, action, caseId, customerRef, beneficiary, agentId, amountMinor, currency } =
      exposure;
    await tx.query(
      `INSERT INTO authority_exposures
         (id, action, case_id, customer_ref, beneficiary, agent_id, amount_minor, currency, at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        action,
        caseId,
        customerRef,
        beneficiary,
        agentId,
        String(amountMinor),
        currency,
        tx.now,
      ],
    );
  }

  /** What these movements were counted with, by their ids. */
  async amountsOf(
    reader: Pick<Tx, 'query'>,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, bigint>> {
    const rows = await reader.query<{ id: string; amount_minor: string }>(
      'SELECT id, amount_minor FROM authority_exposures WHERE id = ANY ($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, amount_minor }) => [id, BigInt(amount_minor)]));
  }

  /** Always in one order, so that two transactions never wait for each other. */
  async #lock(tx: Tx, names: readonly string[]): Promise<void> {
    await tx.query(
      `SELECT pg_advisory_xact_lock(key) FROM (
         SELECT DISTINCT hashtextextended('exposure/' || name, 0) AS key
         FROM unnest($1::text[]) AS name ORDER BY key OFFSET 0
       ) AS keys`,
      [names],
    );
  }

  async #sum(
    tx: Tx,
    actions: readonly string[],
    { window, parties }: { window: AggregateRule; parties: ExposedParties },
  ): Promise<readonly EarlierSum[]> {
    const { scope, withinSeconds } = window;
    const since =
      withinSeconds === null ? new Date(0) : new Date(tx.now.getTime() - withinSeconds * 1_000);
    const rows = await tx.query<SumRow>(
      `SELECT currency, sum(amount_minor)::text AS total FROM authority_exposures
       WHERE ${columnOf[scope]} = ANY ($1) AND action = ANY ($2) AND at > $3
       GROUP BY currency`,
      [valuesOf(scope, parties), actions, since],
    );
    return rows.map(({ currency, total }) => ({ scope, currency, amountMinor: BigInt(total) }));
  }
}

function valuesOf(scope: AggregateScope, parties: ExposedParties): readonly string[] {
  const { caseId, customerRef, linkedRefs, beneficiary, agentId } = parties;
  switch (scope) {
    case 'case':
      return [caseId];
    case 'customer':
      return [customerRef];
    case 'linked-customers':
      return linkedRefs.length === 0 ? [] : [customerRef, ...linkedRefs];
    case 'beneficiary':
      return beneficiary === null ? [] : [beneficiary];
    case 'agent':
      return [agentId];
  }
}

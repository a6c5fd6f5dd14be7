import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { IdSource } from '../../platform/index.js';
import { BusinessCalendars, Policies } from '../../policy/index.js';
import type { CaseFacts } from '../case-facts.js';
import { bankFlags } from '../case-view.js';
import type { Case } from '../case.entity.js';
import { Deadline } from '../deadline/deadline.entity.js';
import type { DisputeSituation } from './dispute-bank.js';
import { type DeadlineTerms, type DisputeClocks, disputeDeadlines } from './dispute-deadlines.js';
import { disputeReason } from './dispute-reason.js';
import { Dispute } from './dispute.entity.js';

/** What follows from a dispute's facts. */
export interface Assessed {
  readonly regime: string | null;
  readonly flags: string[];
  readonly deadlines: { kind: string; rule: string; dueAt: string }[];
  readonly duplicateOf: string[];
}

/** Nobody has to say where they bank for the clock to start: the institution's own law holds. */
export const countryDefault = 'US';

/** Draws the consequences of what is known: law, clocks, flags and links; again whenever more is known. */
@Injectable()
export class DisputeAssessment {
  constructor(
    private readonly policies: Policies,
    private readonly calendars: BusinessCalendars,
    private readonly ids: IdSource,
  ) {}

  async assess(
    tx: Tx,
    about: Case,
    { facts, situation }: { facts: CaseFacts; situation: DisputeSituation },
  ): Promise<Assessed> {
    const dispute = await disputeOf(tx, about);
    const { transaction, account } = situation;
    dispute.transactionId = transaction?.id ?? dispute.transactionId;
    dispute.accountId = account?.id ?? dispute.accountId;
    dispute.reason = disputeReason(facts.reason ?? facts.description);
    const clocks = this.#clocks(about, dispute, situation);
    dispute.regime = clocks.regime;
    await tx.manager.upsert(Dispute, dispute, ['caseId']);
    await this.#setDeadlines(tx, about, clocks.deadlines);
    const duplicateOf = await linkDuplicates(tx, about, dispute.transactionId);
    return {
      regime: clocks.regime,
      flags: flagsOf(about, situation, duplicateOf.length > 0),
      deadlines: clocks.deadlines.map(({ kind, ruleId, dueAt }) => ({
        kind,
        rule: ruleId,
        dueAt: dueAt.toISOString(),
      })),
      duplicateOf,
    };
  }

  /**
   * The clocks that follow from a notice alone, whatever the bank knows of its transaction: those
   * of a payment account in the customer's country.
   */
  async clocksOfNotice(
    tx: Tx,
    about: Case,
    countryCode: string,
  ): Promise<readonly DeadlineTerms[]> {
    const reason = (await disputeOf(tx, about)).reason;
    return disputeDeadlines(this.policies.disputes, this.calendars.calendarFor(countryCode), {
      noticeReceivedAt: about.receivedAt,
      isOral: about.channel === 'phone',
      isUnauthorized: reason === null ? null : reason === 'unauthorized',
      countryCode,
      accountKind: 'checking',
      firstDepositOn: null,
      transaction: null,
      billingCycles: [],
    }).deadlines;
  }

  #clocks(about: Case, { reason }: Dispute, situation: DisputeSituation): DisputeClocks {
    const { account, transaction, billingCycles } = situation;
    const countryCode = account?.countryCode ?? countryDefault;
    return disputeDeadlines(this.policies.disputes, this.calendars.calendarFor(countryCode), {
      noticeReceivedAt: about.receivedAt,
      isOral: about.channel === 'phone',
      isUnauthorized: reason === null ? null : reason === 'unauthorized',
      countryCode,
      accountKind: account?.kind ?? 'checking',
      firstDepositOn: account?.firstDepositOn ?? null,
      transaction,
      billingCycles,
    });
  }

  /** A clock that new facts replace is kept as superseded; one that stays the same stays. */
  async #setDeadlines(tx: Tx, about: Case, terms: readonly DeadlineTerms[]): Promise<void> {
    const standing = await tx.manager.findBy(Deadline, { caseId: about.id, state: 'running' });
    const isSame = (row: Deadline, term: DeadlineTerms): boolean =>
      row.ruleId === term.ruleId && row.dueAt.getTime() === term.dueAt.getTime();
    for (const row of standing.filter((one) => !terms.some((term) => isSame(one, term)))) {
      const end = { state: 'superseded' as const, endedAt: tx.now };
      await tx.manager.update(Deadline, { id: row.id }, end);
    }
    for (const term of terms.filter((one) => !standing.some((row) => isSame(row, one)))) {
      await tx.manager.insert(Deadline, {
        ...term,
        steps: [...term.steps],
        id: this.ids.ordered(),
        caseId: about.id,
        state: 'running',
        openedAt: tx.now,
        endedAt: null,
      });
    }
  }
}

async function disputeOf(tx: Tx, { id: caseId }: Case): Promise<Dispute> {
  const found = await tx.manager.findOneBy(Dispute, { caseId });
  if (found) return found;
  const empty = { transactionId: null, accountId: null, reason: null, regime: null };
  return Object.assign(new Dispute(), { caseId, ...empty });
}

/** A second notice over one transaction is kept and linked to the first, never turned away. */
async function linkDuplicates(
  tx: Tx,
  { id }: Case,
  transactionId: string | null,
): Promise<string[]> {
  if (transactionId === null) return [];
  await tx.query(
    `INSERT INTO case_links (case_id, kind, linked_case_id, linked_at)
     SELECT $1, 'duplicate-of', d.case_id, $3 FROM disputes d
     WHERE d.transaction_id = $2 AND d.case_id < $1 ORDER BY d.case_id LIMIT 1
     ON CONFLICT DO NOTHING`,
    [id, transactionId, tx.now],
  );
  const rows = await tx.query<{ linked_case_id: string }>(
    `SELECT linked_case_id FROM case_links WHERE case_id = $1 AND kind = 'duplicate-of'`,
    [id],
  );
  return rows.map((row) => row.linked_case_id);
}

function flagsOf(about: Case, situation: DisputeSituation, isDuplicate: boolean): string[] {
  return [
    ...about.flags.filter((flag) => !bankFlags.includes(flag)),
    ...(situation.isMismatch ? ['transaction_mismatch'] : []),
    ...(isDuplicate ? ['duplicate'] : []),
    ...(situation.isBankSilent ? ['bank_unavailable'] : []),
  ];
}

import type { BillingCycle } from '../../banking/index.js';
import {
  addCalendarDays,
  type BusinessCalendar,
  dateIn,
  daysBetween,
  type DeadlineRule,
  type DisputeRegime,
  type DisputesPolicy,
  endOfDay,
  type LocalCalendar,
} from '../../policy/index.js';

/** What chooses between the clocks of a dispute. Null is what nobody knows yet. */
export interface DisputeCircumstances {
  readonly noticeReceivedAt: Date;
  readonly isOral: boolean;
  /** Whether the customer says that they did not authorise the payment; null while no reason is told. */
  readonly isUnauthorized: boolean | null;
  readonly countryCode: string;
  readonly accountKind: 'checking' | 'credit-card';
  readonly firstDepositOn: string | null;
  readonly transaction: {
    readonly kind: string;
    readonly postedOn: string;
    readonly countryCode: string | null;
  } | null;
  /** Of a credit account; empty for others, and where the bank was silent. */
  readonly billingCycles: readonly BillingCycle[];
}

/** A clock with its reasons. */
export interface DeadlineTerms {
  readonly kind: string;
  readonly ruleId: string;
  readonly citation: string;
  readonly dueAt: Date;
  readonly inputs: Readonly<Record<string, string | number | boolean | null>>;
  readonly calendar: string;
  readonly steps: readonly string[];
}

export interface DisputeClocks {
  /** The law that leads; null where none of the policy fits. */
  readonly regime: DisputeRegime | null;
  readonly deadlines: readonly DeadlineTerms[];
}

interface Conditions {
  readonly newAccount: boolean;
  readonly extended: boolean;
  readonly unauthorized: boolean;
  readonly oral: boolean;
}

const domesticCountry = 'US';

/** The clocks that start with a notice of error: those of the leading law, and the institution's own. */
export function disputeDeadlines(
  policy: DisputesPolicy,
  { calendar, calendarId, timeZone }: LocalCalendar,
  circumstances: DisputeCircumstances,
): DisputeClocks {
  const regime = leadingRegime(policy, circumstances);
  const conditions = conditionsOf(policy, circumstances);
  const noticeOn = dateIn(timeZone, circumstances.noticeReceivedAt);
  const deadlines = policy.deadlines
    .filter((rule) => rule.regime === regime || rule.regime === 'service')
    .filter((rule) => rule.opensWithCase && rule.startsAt === 'notice')
    .filter((rule) => holds(rule, conditions))
    .map((rule): DeadlineTerms => {
      const { on, steps } = countDays(rule, calendar, { noticeOn, ...circumstances });
      return {
        kind: rule.kind,
        ruleId: rule.id,
        citation: rule.citation,
        // A deadline ends with its day, in the institution's time.
        dueAt: endOfDay(on, timeZone),
        inputs: {
          noticeOn,
          count: rule.count,
          unit: rule.unit,
          ...conditions,
          ...factsOf(circumstances),
        },
        calendar: rule.unit === 'business-days' ? calendarId : 'calendar days',
        steps,
      };
    });
  return { regime, deadlines };
}

/** The first regime of the policy that fits the account and the payment. */
function leadingRegime(
  policy: DisputesPolicy,
  { countryCode, accountKind, transaction, isUnauthorized }: DisputeCircumstances,
): DisputeRegime | null {
  const found = policy.regimes.find(
    (rule) =>
      rule.regime !== 'service' &&
      (rule.countries === 'any' || rule.countries.includes(countryCode)) &&
      rule.accountKinds.includes(accountKind) &&
      (rule.transactionKinds === null ||
        (transaction !== null && rule.transactionKinds.includes(transaction.kind))) &&
      (rule.authorized === null || rule.authorized === (isUnauthorized === false)) &&
      (rule.authorized === null || isUnauthorized !== null),
  );
  return found?.regime ?? null;
}

/** What is not known chooses the shorter clock: it can be lengthened, a missed one cannot be undone. */
function conditionsOf(policy: DisputesPolicy, facts: DisputeCircumstances): Conditions {
  const { transaction } = facts;
  const { newAccount: rule, extendedInvestigation: extension } = policy;
  const age =
    transaction && facts.firstDepositOn !== null
      ? daysBetween(facts.firstDepositOn, transaction.postedOn)
      : null;
  const newAccount = age !== null && age >= 0 && age <= rule.daysAfterFirstDepositMax;
  const foreign = isForeign(transaction);
  return {
    newAccount,
    // 12 CFR 1005.11(c)(3)(ii): not within a state, point-of-sale debit card, or new account.
    extended:
      newAccount ||
      (extension.foreign && foreign) ||
      (transaction !== null && extension.transactionKinds.includes(transaction.kind)),
    unauthorized: facts.isUnauthorized ?? true,
    oral: facts.isOral,
  };
}

function isForeign(transaction: DisputeCircumstances['transaction']): boolean {
  const country = transaction?.countryCode ?? null;
  return country !== null && country !== domesticCountry;
}

function holds({ when }: DeadlineRule, conditions: Conditions): boolean {
  return Object.entries(when).every(
    ([name, wanted]) => wanted === undefined || conditions[name as keyof Conditions] === wanted,
  );
}

type Start = DisputeCircumstances & { readonly noticeOn: string };

function countDays(
  rule: DeadlineRule,
  calendar: BusinessCalendar,
  start: Start,
): { on: string; steps: readonly string[] } {
  const { noticeOn } = start;
  const begin = `${noticeOn} day 0, the notice`;
  switch (rule.unit) {
    case 'business-days': {
      const { on, steps } = calendar.addBusinessDays(noticeOn, rule.count);
      return { on, steps: [begin, ...steps.map((step) => `${step.on} ${step.reason}`)] };
    }
    case 'calendar-days': {
      const on = addCalendarDays(noticeOn, rule.count);
      return { on, steps: [begin, `${on} day ${String(rule.count)}, whatever day it is`] };
    }
    case 'billing-cycles':
      return countCycles(rule, start, begin);
    case 'months':
      throw new Error(`${rule.id} counts months from a notice`);
  }
}

/** Complete cycles that start after the day of receipt, and never past the latest day (12 CFR 1026.13(c)(2)). */
function countCycles(
  { count, calendarDaysMax, id }: DeadlineRule,
  { noticeOn, billingCycles }: Start,
  begin: string,
): { on: string; steps: readonly string[] } {
  if (calendarDaysMax === null) throw new Error(`${id} has no latest day`);
  const latest = addCalendarDays(noticeOn, calendarDaysMax);
  const cycles = billingCycles.filter(({ startsOn }) => startsOn > noticeOn).slice(0, count);
  const steps = cycles.map(
    ({ startsOn, endsOn }, index) => `${startsOn} to ${endsOn} complete cycle ${String(index + 1)}`,
  );
  const last = cycles.length === count ? (cycles.at(-1)?.endsOn ?? latest) : latest;
  const on = last < latest ? last : latest;
  return { on, steps: [begin, ...steps, `${latest} day ${String(calendarDaysMax)} at the latest`] };
}

function factsOf(facts: DisputeCircumstances): Record<string, string | null> {
  return {
    country: facts.countryCode,
    accountKind: facts.accountKind,
    firstDepositOn: facts.firstDepositOn,
    transactionKind: facts.transaction?.kind ?? null,
    transactionPostedOn: facts.transaction?.postedOn ?? null,
  };
}

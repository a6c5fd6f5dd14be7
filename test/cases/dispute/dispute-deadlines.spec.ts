import { join } from 'node:path';

import {
  type DisputeCircumstances,
  type DisputeClocks,
  disputeDeadlines,
} from '../../../src/cases/dispute/dispute-deadlines.js';
import { BusinessCalendars, loadPolicies, Policies } from '../../../src/policy/index.js';

const policies = new Policies(loadPolicies(join(process.cwd(), 'policies')));
const calendars = new BusinessCalendars(policies);

/** A dispute over a domestic card payment on an old American account, unless told otherwise. */
function clocks(noticedAt: string, more: Partial<DisputeCircumstances> = {}): DisputeClocks {
  const circumstances: DisputeCircumstances = {
    noticeReceivedAt: new Date(noticedAt),
    isOral: false,
    isUnauthorized: true,
    countryCode: 'US',
    accountKind: 'checking',
    firstDepositOn: '2020-01-02',
    transaction: { kind: 'card', postedOn: '2026-11-01', countryCode: 'US' },
    billingCycles: [],
    ...more,
  };
  const local = calendars.calendarFor(circumstances.countryCode);
  return disputeDeadlines(policies.disputes, local, circumstances);
}

/** The day a clock ends, in its own zone; undefined where it does not run. */
function dueOn({ deadlines }: DisputeClocks, kind: string, timeZone = 'America/New_York'): unknown {
  const found = deadlines.find((deadline) => deadline.kind === kind);
  return found && new Intl.DateTimeFormat('en-CA', { timeZone }).format(found.dueAt);
}

const noon = (day: string): string => `${day}T17:00:00Z`;

describe('disputeDeadlines', () => {
  it('gives 10 business days over Thanksgiving (12 CFR 1005.11(c)(1))', () => {
    const found = clocks(noon('2026-11-20'));
    const determination = found.deadlines.find(({ kind }) => kind === 'determination');
    expect(found.regime).toBe('reg-e');
    expect(dueOn(found, 'determination')).toBe('2026-12-07');
    expect(determination).toMatchObject({
      ruleId: 'reg-e.determination',
      citation: '12 CFR 1005.11(c)(1)',
      calendar: 'us-federal-reserve',
      inputs: { noticeOn: '2026-11-20', count: 10, newAccount: false },
    });
    expect(determination!.steps).toContain('2026-11-26 Thanksgiving Day');
    expect(determination!.steps.at(-1)).toBe('2026-12-07 business day 10');
  });

  it('ends with the day, in the institution’s time', () => {
    const [first] = clocks(noon('2026-11-20')).deadlines;
    expect(first!.dueAt.toISOString()).toBe('2026-12-08T04:59:59.000Z');
  });

  it.each([
    ['Saturday', '2026-11-14', '2026-11-30'],
    ['Sunday', '2026-11-15', '2026-11-30'],
    ['the Friday before', '2026-11-13', '2026-11-30'],
  ])('starts counting a notice on %s with the next open day as day 1', (_, noticedOn, due) => {
    expect(dueOn(clocks(noon(noticedOn)), 'determination')).toBe(due);
  });

  it('closes Monday for a Sunday holiday and nothing for a Saturday one', () => {
    // 4 July 2027 is a Sunday; 4 July 2026 a Saturday.
    expect(dueOn(clocks(noon('2027-06-25')), 'determination')).toBe('2027-07-12');
    expect(dueOn(clocks(noon('2026-06-26')), 'determination')).toBe('2026-07-10');
  });

  it('does not roll 45 calendar days off a weekend', () => {
    // 45 days after 19 November 2026 is Sunday, 3 January 2027.
    expect(dueOn(clocks(noon('2026-11-19')), 'investigation')).toBe('2027-01-03');
  });

  it('takes the date of the notice where the institution is, not in UTC', () => {
    expect(clocks('2026-11-21T03:30:00Z').deadlines[0]!.inputs).toMatchObject({
      noticeOn: '2026-11-20',
    });
  });

  it.each([
    [0, true],
    [30, true],
    [31, false],
  ])('counts a transfer %i days after the first deposit as of a new account: %s', (days, isNew) => {
    const postedOn = new Date(Date.UTC(2026, 9, 1 + days)).toISOString().slice(0, 10);
    const found = clocks(noon('2026-11-20'), {
      firstDepositOn: '2026-10-01',
      transaction: { kind: 'card', postedOn, countryCode: 'US' },
    });
    // 20 business days from 20 November 2026, over Thanksgiving (12 CFR 1005.11(c)(3)(i)).
    expect(dueOn(found, 'determination')).toBe(isNew ? '2026-12-21' : '2026-12-07');
    expect(dueOn(found, 'provisional_credit')).toBe(isNew ? '2026-12-21' : '2026-12-07');
    expect(dueOn(found, 'investigation')).toBe(isNew ? '2027-02-18' : '2027-01-04');
  });

  it.each([
    ['point-of-sale debit', { kind: 'pos-debit', postedOn: '2026-11-01', countryCode: 'US' }, true],
    ['abroad', { kind: 'card', postedOn: '2026-11-01', countryCode: 'CA' }, true],
    ['of a place nobody knows', { kind: 'card', postedOn: '2026-11-01', countryCode: null }, false],
    ['at an ATM', { kind: 'atm', postedOn: '2026-11-01', countryCode: 'US' }, false],
  ])('lengthens 45 to 90 days, and nothing else, for a transfer %s', (_, transaction, isLong) => {
    const found = clocks(noon('2026-11-20'), { transaction });
    expect(dueOn(found, 'investigation')).toBe(isLong ? '2027-02-18' : '2027-01-04');
    expect(dueOn(found, 'determination')).toBe('2026-12-07');
  });

  it('runs the shorter clock while the transaction is not known', () => {
    const found = clocks(noon('2026-11-20'), { transaction: null, isUnauthorized: null });
    expect(dueOn(found, 'determination')).toBe('2026-12-07');
    expect(dueOn(found, 'investigation')).toBe('2027-01-04');
  });

  it('runs the institution’s acknowledgement and update beside every law', () => {
    for (const countryCode of ['US', 'DE', 'GB']) {
      const kinds = clocks(noon('2026-11-20'), { countryCode }).deadlines.map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['acknowledgement', 'update']));
    }
  });

  describe('for a credit card (12 CFR 1026.13(c))', () => {
    const cycles = [
      { startsOn: '2026-10-16', endsOn: '2026-11-15' },
      { startsOn: '2026-11-16', endsOn: '2026-12-15' },
      { startsOn: '2026-12-16', endsOn: '2027-01-15' },
      { startsOn: '2027-01-16', endsOn: '2027-02-15' },
    ];

    it('acknowledges in 30 days and resolves within two complete cycles after receipt', () => {
      const found = clocks(noon('2026-11-10'), {
        accountKind: 'credit-card',
        billingCycles: cycles,
      });
      expect(found.regime).toBe('reg-z');
      expect(dueOn(found, 'acknowledgement')).toBeDefined();
      expect(dueOn(found, 'resolution')).toBe('2027-01-15');
    });

    it('never goes past day 90', () => {
      const found = clocks(noon('2026-11-16'), {
        accountKind: 'credit-card',
        billingCycles: cycles,
      });
      expect(dueOn(found, 'resolution')).toBe('2027-02-14');
    });
  });

  it('refunds an unauthorised payment by the next business day in the EU (PSD2 Art. 73)', () => {
    const found = clocks('2026-12-24T10:00:00Z', { countryCode: 'DE' });
    expect(found.regime).toBe('psd2');
    // Christmas is Friday and Saturday; Monday is open.
    expect(dueOn(found, 'refund', 'Europe/Berlin')).toBe('2026-12-28');
  });

  it('refunds by the next business day in the UK, over substitute holidays (reg. 76)', () => {
    // Boxing Day 2026 is a Saturday: Monday, 28 December stands in for it.
    const found = clocks('2026-12-24T10:00:00Z', { countryCode: 'GB' });
    expect(found.regime).toBe('uk-psr');
    expect(dueOn(found, 'refund', 'Europe/London')).toBe('2026-12-29');
  });

  it('reimburses an authorised push payment within 5 business days in the UK', () => {
    const found = clocks('2026-11-20T10:00:00Z', {
      countryCode: 'GB',
      isUnauthorized: false,
      transaction: { kind: 'transfer', postedOn: '2026-11-18', countryCode: 'GB' },
    });
    expect(found.regime).toBe('uk-app');
    expect(dueOn(found, 'reimbursement', 'Europe/London')).toBe('2026-11-27');
  });
});

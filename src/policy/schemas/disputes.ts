import { z } from 'zod';

import { decimalSchema, repeated, ruleSchema } from './rule.js';

/** Laws and promises whose clocks the product runs. */
export const disputeRegimes = ['reg-e', 'reg-z', 'psd2', 'uk-psr', 'uk-app', 'service'] as const;
export type DisputeRegime = (typeof disputeRegimes)[number];

/** Facts of a transaction and notice that choose between clocks. */
const conditionsSchema = z.strictObject({
  /** The transfer came within the new-account days after the first deposit. */
  newAccount: z.boolean().optional(),
  /** New account, point-of-sale debit or foreign transfer: the long investigation. */
  extended: z.boolean().optional(),
  /** The customer did not authorise the transfer. */
  unauthorized: z.boolean().optional(),
  /** The notice was given by word of mouth. */
  oral: z.boolean().optional(),
});
export type DisputeConditions = z.output<typeof conditionsSchema>;

const deadlineSchema = ruleSchema({
  regime: z.enum(disputeRegimes),
  /** What must be done; permanent, answers carry it. */
  kind: z.string().regex(/^[a-z]+(_[a-z]+)*$/),
  title: z.string(),
  /** The event whose day is day 0. */
  startsAt: z.enum([
    'notice',
    'statement_sent',
    'determination',
    'error_determined',
    'provisional_credit',
    'reversal_notice',
    'debit',
  ]),
  count: z.int().positive(),
  unit: z.enum(['business-days', 'calendar-days', 'months', 'billing-cycles']),
  /** The latest day whatever the count gives. */
  calendarDaysMax: z.int().positive().nullable().default(null),
  /** Clocks of one kind and regime differ by these; empty holds always. */
  when: conditionsSchema.default({}),
  /** Runs from the start; false waits for its event. */
  opensWithCase: z.boolean(),
});

const regimeSchema = ruleSchema({
  regime: z.enum(disputeRegimes),
  title: z.string(),
  /** ISO 3166 codes of the account's country. */
  countries: z.union([z.literal('any'), z.array(z.string().length(2)).min(1)]),
  accountKinds: z.array(z.enum(['checking', 'credit-card'])).min(1),
  /** Only transfers of these kinds; null for all. */
  transactionKinds: z.array(z.string()).nullable(),
  /** Only where the customer authorised the payment, or only where not; null for both. */
  authorized: z.boolean().nullable(),
});

/** `policies/disputes.yaml`: legal clocks, which one leads, and what a notice is asked for. */
export const disputesPolicySchema = z
  .strictObject({
    /** In order: the first that fits the facts leads. */
    regimes: z.array(regimeSchema).min(1),
    deadlines: z.array(deadlineSchema).min(1),
    newAccount: ruleSchema({ daysAfterFirstDepositMax: z.int().positive() }),
    /** Transfers whose clock is the long one. */
    extendedInvestigation: ruleSchema({
      transactionKinds: z.array(z.string()),
      foreign: z.boolean(),
    }),
    /** A later notice is kept and flagged, never dropped. */
    timelyNotice: ruleSchema({ daysAfterStatementMax: z.int().positive() }),
    withholding: ruleSchema({ amountMax: decimalSchema, currency: z.string().length(3) }),
    intake: ruleSchema({
      /** What a dispute is asked for, in this order; never a condition for opening it. */
      facts: z.array(z.enum(['transaction', 'reason', 'date', 'amount'])).min(1),
      reasons: z.array(z.string()).min(1),
    }),
    review: ruleSchema({ queue: z.string(), tasksBeforeClosing: z.array(z.string()) }),
    warning: ruleSchema({ atPermille: z.int().min(1).max(999) }),
  })
  .superRefine((policy, context) => {
    for (const id of repeated(policy.deadlines.map((rule) => rule.id))) {
      context.addIssue({ code: 'custom', path: ['deadlines'], message: `${id} stands twice` });
    }
  });
export type DisputesPolicy = z.output<typeof disputesPolicySchema>;
export type DeadlineRule = DisputesPolicy['deadlines'][number];

import { z } from 'zod';

import { actorKinds, levels } from '../../platform/index.js';
import {
  citationSchema,
  decimalSchema,
  isoDateSchema,
  repeated,
  ruleFields,
  ruleIdSchema,
  ruleSchema,
} from './rule.js';

const actionNameSchema = z
  .string()
  .regex(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/, 'An action is <noun>.<verb>');

const purposeSchema = z.strictObject({ id: z.string(), title: z.string() });

const roleSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  kind: z.enum(actorKinds),
  level: z.enum(levels).nullable(),
});

const permitSchema = z.strictObject({
  id: ruleIdSchema,
  who: z.array(z.string()).min(1),
  /** Only on what is the actor's own: `resource.ownerSubjectRef` equals the actor's. */
  own: z.boolean().default(false),
  because: z.string(),
});

const purposeRuleSchema = z.strictObject({
  /** `required`: `Probity-Purpose` must come with the request; `optional`: `default` stands in. */
  mode: z.enum(['required', 'optional']),
  /** `any` accepts each purpose of the list. */
  allowed: z.union([z.literal('any'), z.array(z.string()).min(1)]),
  default: z.string().optional(),
  /** In place of `default` for these kinds of actor. */
  defaultOf: z.partialRecord(z.enum(actorKinds), z.string()).default({}),
});

/** Every purpose that stands in where none was sent. */
function defaultsOf({ default: usual, defaultOf }: z.output<typeof purposeRuleSchema>): string[] {
  return [...(usual === undefined ? [] : [usual]), ...Object.values(defaultOf)];
}

const actionSchema = z.strictObject({
  action: actionNameSchema,
  title: z.string(),
  citation: citationSchema,
  effectiveFrom: isoDateSchema,
  effect: z.enum(['read', 'write', 'session']),
  purpose: purposeRuleSchema,
  /** Requirement of `assurance.yaml` by kind of actor; a kind that is not named needs none. */
  assurance: z.partialRecord(z.enum(actorKinds), z.string()).default({}),
  /** Refuses as if the thing did not exist (31 U.S.C. 5318(g)(2): no one may learn of a SAR). */
  concealed: z.boolean().default(false),
  /** The actor judges the request of another: never their own, and only with the level it needs. */
  votes: z.boolean().default(false),
  /** The actor changes the account of another, never their own. */
  others: z.boolean().default(false),
  /** Whoever may ask for it, somebody of this level must consent, whatever level the asker has. */
  consent: z
    .strictObject({
      id: ruleIdSchema,
      level: z.enum(levels),
      withinSeconds: z.int().positive(),
      because: z.string(),
    })
    .optional(),
  permit: z.array(permitSchema).min(1),
});

const separationSchema = ruleSchema({
  role: z.string(),
  /** Every action with this effect … */
  effect: z.enum(['read', 'write']).optional(),
  /** … and these. */
  actions: z.array(actionNameSchema).default([]),
  because: z.string(),
});

const categoryOverrideSchema = z.strictObject({
  id: ruleIdSchema,
  category: z.string(),
  /** Null: the amount alone decides. */
  level: z.enum(levels).nullable(),
  /** Counts only above this amount; null for every amount. */
  above: decimalSchema.nullable().default(null),
  /** How many persons must approve; above one, nobody acts alone whatever their level. */
  approversMin: z.int().min(1).default(1),
  /** Roles of which one person each must approve. */
  groups: z.array(z.string()).default([]),
  /** Within how long the groups decide. */
  withinSeconds: z.int().positive().nullable().default(null),
  because: z.string(),
});

const ladderSchema = z
  .array(
    z.strictObject({
      id: ruleIdSchema,
      level: z.enum(levels),
      /** Inclusive; null for no limit. */
      upTo: decimalSchema.nullable(),
    }),
  )
  .min(1);

/** Whose money counts together: all that one case, customer, household, account or person was part of. */
export const aggregateScopes = [
  'case',
  'customer',
  'linked-customers',
  'beneficiary',
  'agent',
] as const;
export type AggregateScope = (typeof aggregateScopes)[number];

const aggregateSchema = z.strictObject({
  id: ruleIdSchema,
  scope: z.enum(aggregateScopes),
  /** How far back counts; null for always. */
  withinSeconds: z.int().positive().nullable(),
  /** Limits of its own; null where those of a single case hold. */
  levels: ladderSchema.nullable().default(null),
  because: z.string(),
});

const limitsSchema = ruleSchema({
  /** Their amounts count together. */
  actions: z.array(actionNameSchema).min(1),
  aggregates: z.array(aggregateSchema).min(1),
  levels: ladderSchema,
  categories: z.array(categoryOverrideSchema),
});

const currencySchema = z.strictObject({
  ...ruleFields,
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** ISO 4217 minor digits. */
  minorDigits: z.int().min(0).max(4),
  /** What one unit is worth in the base currency; conversions round up. */
  rate: decimalSchema,
});

const fieldsSchema = z.strictObject({
  purposes: z.array(purposeSchema).min(1),
  roles: z.array(roleSchema).min(1),
  actions: z.array(actionSchema).min(1),
  separations: z.array(separationSchema),
  baseCurrency: z.string().regex(/^[A-Z]{3}$/),
  currencies: z.array(currencySchema).min(1),
  limits: z.array(limitsSchema),
  approvals: ruleSchema({
    /** A request that nobody decided ends by itself. */
    expireAfterSeconds: z.int().positive(),
    /** How long one process may take to carry out an approved request before another takes over. */
    executionLeaseSeconds: z.int().positive(),
  }),
});
type AuthorityFields = z.output<typeof fieldsSchema>;

type Fault = readonly [path: readonly (string | number)[], message: string];

/** Names that point nowhere: a rule that can never match is a rule somebody believes in. */
function danglingNames(policy: AuthorityFields): Fault[] {
  const purposes = new Set(policy.purposes.map((purpose) => purpose.id));
  const roles = new Set(policy.roles.map((role) => role.id));
  const actions = new Set(policy.actions.map((action) => action.action));
  const faults: Fault[] = [];
  policy.actions.forEach(({ purpose, permit }, index) => {
    const allowed = purpose.allowed === 'any' ? [] : purpose.allowed;
    const named = [...allowed, ...defaultsOf(purpose)];
    for (const id of named) {
      if (!purposes.has(id)) {
        faults.push([['actions', index, 'purpose'], `No purpose ${id}`]);
      }
    }
    permit.forEach(({ who }, place) => {
      for (const role of who.filter((id) => !roles.has(id))) {
        faults.push([['actions', index, 'permit', place, 'who'], `No role ${role}`]);
      }
    });
  });
  policy.limits.forEach((limits, index) => {
    for (const action of limits.actions.filter((name) => !actions.has(name))) {
      faults.push([['limits', index, 'actions'], `No action ${action}`]);
    }
    for (const group of limits.categories.flatMap((rule) => rule.groups)) {
      if (!roles.has(group)) faults.push([['limits', index, 'categories'], `No role ${group}`]);
    }
  });
  policy.separations.forEach((rule, index) => {
    if (!roles.has(rule.role))
      faults.push([['separations', index, 'role'], `No role ${rule.role}`]);
    for (const action of rule.actions.filter((name) => !actions.has(name))) {
      faults.push([['separations', index, 'actions'], `No action ${action}`]);
    }
  });
  return faults;
}

/** What a default purpose and a required header say together. */
function purposeFaults(policy: AuthorityFields): Fault[] {
  return policy.actions.flatMap(({ purpose }, index): Fault[] => {
    const path = ['actions', index, 'purpose'];
    if (purpose.mode === 'required') {
      return defaultsOf(purpose).length === 0 ? [] : [[path, 'A required purpose has no default']];
    }
    if (purpose.default === undefined) return [[path, 'An optional purpose needs a default']];
    return defaultsOf(purpose)
      .filter((id) => purpose.allowed !== 'any' && !purpose.allowed.includes(id))
      .map((id): Fault => [path, `The default ${id} is not allowed`]);
  });
}

/** A role that is granted what its separation forbids: one of the two is a mistake. */
function brokenSeparations(policy: AuthorityFields): Fault[] {
  return policy.separations.flatMap((separation): Fault[] =>
    policy.actions.flatMap((action, index): Fault[] => {
      const forbidden =
        separation.effect === action.effect || separation.actions.includes(action.action);
      const granted = action.permit.some((permit) => permit.who.includes(separation.role));
      if (!forbidden || !granted) return [];
      return [
        [['actions', index, 'permit'], `${separation.id} forbids this to ${separation.role}`],
      ];
    }),
  );
}

/** Levels ascend in rank and amount, and the last has no limit: no amount is left undecided. */
function ladderFaults(policy: AuthorityFields): Fault[] {
  return policy.limits.flatMap((limits, index): Fault[] => [
    ...faultsOfLadder(['limits', index, 'levels'], limits.levels),
    ...limits.aggregates.flatMap(({ levels: own }, place) =>
      own === null ? [] : faultsOfLadder(['limits', index, 'aggregates', place, 'levels'], own),
    ),
  ]);
}

function faultsOfLadder(path: Fault[0], ladder: z.output<typeof ladderSchema>): Fault[] {
  return ladder.flatMap((step, place): Fault[] => {
    const next = ladder[place + 1];
    if (!next) return step.upTo === null ? [] : [[path, 'The last level must have no limit']];
    const ascends = levels.indexOf(next.level) > levels.indexOf(step.level);
    const grows =
      step.upTo !== null && (next.upTo === null || Number(next.upTo) > Number(step.upTo));
    return ascends && grows ? [] : [[path, `${next.id} does not stand above ${step.id}`]];
  });
}

/** Each scope once, and the case always: a limit that sums nothing is no limit. */
function aggregateFaults(policy: AuthorityFields): Fault[] {
  return policy.limits.flatMap(({ aggregates }, index): Fault[] => {
    const path = ['limits', index, 'aggregates'];
    const scopes = aggregates.map(({ scope }) => scope);
    const twice = repeated(scopes).map((scope): Fault => [path, `${scope} stands twice`]);
    return scopes.includes('case') ? twice : [...twice, [path, 'The sum of the case is missing']];
  });
}

function repeatedNames(policy: AuthorityFields): Fault[] {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['purposes', policy.purposes.map((purpose) => purpose.id)],
    ['roles', policy.roles.map((role) => role.id)],
    ['actions', policy.actions.map((action) => action.action)],
    ['actions', policy.actions.flatMap((action) => action.permit.map((permit) => permit.id))],
    ['currencies', policy.currencies.map((rule) => rule.currency)],
    ['limits', policy.limits.flatMap((limits) => limits.actions)],
  ];
  return lists.flatMap(([path, names]) =>
    repeated(names).map((name): Fault => [[path], `${name} stands twice`]),
  );
}

function currencyFaults(policy: AuthorityFields): Fault[] {
  const base = policy.currencies.find((rule) => rule.currency === policy.baseCurrency);
  if (!base) return [[['baseCurrency'], 'The base currency needs a row among the currencies']];
  return Number(base.rate) === 1 ? [] : [[['currencies'], 'The base currency is worth 1']];
}

const checks = [
  repeatedNames,
  danglingNames,
  purposeFaults,
  brokenSeparations,
  ladderFaults,
  aggregateFaults,
  currencyFaults,
];

/** `policies/authority.yaml`: who may do what, for which purpose, on what proof, up to which amount. */
export const authorityPolicySchema = fieldsSchema.superRefine((policy, context) => {
  for (const [path, message] of checks.flatMap((check) => check(policy))) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
});
export type AuthorityPolicy = z.output<typeof authorityPolicySchema>;
export type ActionRule = AuthorityPolicy['actions'][number];
export type LimitRule = AuthorityPolicy['limits'][number];
export type CategoryRule = LimitRule['categories'][number];
export type AggregateRule = LimitRule['aggregates'][number];

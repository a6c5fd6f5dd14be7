import { type Level, levels, platformProblems, type Problem } from '../platform/index.js';
import type {
  ApprovalRequirement,
  AuthorityPolicy,
  CategoryRule,
  Consideration,
  LimitRule,
} from '../policy/index.js';
import type { Facts } from './authority.js';

/** What the limits say about one amount and category. */
export interface Judgement {
  readonly requirement: ApprovalRequirement;
  /** The aggregate in minor units of the base currency, rounded up. */
  readonly baseMinor: number;
  /** Rank of the level that the category alone asks for; 0 where it asks for none. */
  readonly floorRank: number;
  readonly because: readonly Consideration[];
}

interface Step {
  readonly id: string;
  readonly level: Level;
  readonly upTo: number;
}

interface Category extends Omit<CategoryRule, 'above'> {
  readonly above: number;
}

interface Ladder {
  readonly steps: readonly Step[];
  readonly categories: ReadonlyMap<string, readonly Category[]>;
}

interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Rank of a level, ascending from 0; -1 for none. */
export function rankOf(level: Level | null): number {
  return level === null ? -1 : levels.indexOf(level);
}

/**
 * The amount limits of `authority.yaml`, with amounts as safe integers of the base currency. Of
 * several rules that match the strictest decides.
 */
export class AuthorityMatrix {
  readonly #ladders = new Map<string, Ladder>();
  readonly #rates: ReadonlyMap<string, Rate>;

  constructor(policy: AuthorityPolicy) {
    const base = policy.currencies.find((rule) => rule.currency === policy.baseCurrency);
    const baseDigits = base?.minorDigits ?? 0;
    this.#rates = new Map(
      policy.currencies.map(({ currency, minorDigits, rate }) => [
        currency,
        rateOf(rate, baseDigits - minorDigits),
      ]),
    );
    for (const limits of policy.limits) {
      const ladder = ladderOf(limits, baseDigits);
      for (const action of limits.actions) this.#ladders.set(action, ladder);
    }
  }

  limits(action: string): boolean {
    return this.#ladders.has(action);
  }

  /** The most a level may do alone, in minor units of the base currency; 0 for a level below the ladder. */
  limitOf(action: string, level: Level | null): number {
    const steps = this.#ladders.get(action)?.steps ?? [];
    return steps.findLast((step) => rankOf(step.level) <= rankOf(level))?.upTo ?? 0;
  }

  /**
   * Which consent the facts need. Amounts that are missing, not positive, of another type, beyond
   * safe integers or in a currency without a rate, and unknown categories, are invalid input (400).
   */
  judge(action: string, facts: Facts): Judgement | Problem {
    const ladder = this.#ladders.get(action);
    if (!ladder) throw new Error(`${action} has no limits`);
    const baseMinor = this.#baseMinor(facts);
    if (typeof baseMinor !== 'number') return baseMinor;
    const category = facts.category ?? null;
    const rules = category === null ? [] : ladder.categories.get(category);
    if (!rules) return invalid('/category', 'Not a category of the policy');
    return judgeWith(ladder.steps, rules, baseMinor);
  }

  #baseMinor(facts: Facts): number | Problem {
    const rate = facts.currency === undefined ? undefined : this.#rates.get(facts.currency);
    if (!rate) return invalid('/amount/currency', 'No rate for this currency in the policy');
    const amount = positive(facts.amountMinor);
    const aggregate = positive(facts.aggregateMinor ?? facts.amountMinor);
    if (amount === null || aggregate === null) {
      return invalid('/amount', 'An amount above zero is required');
    }
    // The sum of related actions holds this one: a smaller sum is a caller's mistake, not a discount.
    const counted = aggregate > amount ? aggregate : amount;
    const scaled = counted * rate.numerator;
    const base = (scaled + rate.denominator - 1n) / rate.denominator;
    if (base > BigInt(Number.MAX_SAFE_INTEGER)) return invalid('/amount', 'Too large an amount');
    return Number(base);
  }
}

/** Types lie at the edge (a driver's bigint arrives as text): what is no positive bigint is refused. */
function positive(value: unknown): bigint | null {
  return typeof value === 'bigint' && value > 0n ? value : null;
}

function invalid(pointer: string, detail: string): Problem {
  return platformProblems['input.invalid']({ errors: [{ pointer, detail }] });
}

function judgeWith(
  steps: readonly Step[],
  rules: readonly Category[],
  baseMinor: number,
): Judgement {
  const step = steps.find(({ upTo }) => baseMinor <= upTo);
  if (!step) throw new Error('The last level has no limit');
  const because: Consideration[] = [
    { rule: step.id, verdict: 'requires', reason: `The amount needs ${step.level}.` },
  ];
  let requirement: ApprovalRequirement = {
    level: step.level,
    groups: [],
    approversMin: 1,
    rule: step.id,
    withinSeconds: null,
  };
  let floorRank = 0;
  for (const rule of rules) {
    const applies = baseMinor > rule.above;
    const verdict = applies ? 'requires' : 'does_not_apply';
    because.push({ rule: rule.id, verdict, reason: rule.because });
    if (!applies) continue;
    requirement = stricter(requirement, rule);
    floorRank = Math.max(floorRank, rankOf(rule.level));
  }
  return { requirement, baseMinor, floorRank, because };
}

/** The union of what both ask for, under the name of the rule that raised it last. */
function stricter(held: ApprovalRequirement, rule: Category): ApprovalRequirement {
  const level = rule.level && rankOf(rule.level) > rankOf(held.level) ? rule.level : held.level;
  const groups = [...new Set([...held.groups, ...rule.groups])];
  const approversMin = Math.max(held.approversMin, rule.approversMin);
  const times = [held.withinSeconds, rule.withinSeconds].filter((time) => time !== null);
  const raised =
    level !== held.level || groups.length > held.groups.length || approversMin > held.approversMin;
  return {
    level,
    groups,
    approversMin,
    rule: raised ? rule.id : held.rule,
    withinSeconds: times.length > 0 ? Math.min(...times) : null,
  };
}

function ladderOf(limits: LimitRule, baseDigits: number): Ladder {
  const steps = limits.levels.map(({ id, level, upTo }) => ({
    id,
    level,
    upTo: upTo === null ? Number.MAX_SAFE_INTEGER : minorOf(upTo, baseDigits),
  }));
  const categories = new Map<string, Category[]>();
  for (const rule of limits.categories) {
    const above = rule.above === null ? 0 : minorOf(rule.above, baseDigits);
    const others = categories.get(rule.category) ?? [];
    categories.set(rule.category, [...others, { ...rule, above }]);
  }
  return { steps, categories };
}

/** `"5000.00"` with two minor digits is 500000; exact, without floating point. */
function minorOf(decimal: string, digits: number): number {
  const { numerator, denominator } = rateOf(decimal, digits);
  if (numerator % denominator !== 0n) throw new Error(`${decimal} has too many digits`);
  const minor = numerator / denominator;
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`${decimal} is too large`);
  return Number(minor);
}

/** A decimal times a power of ten, as an exact fraction. */
function rateOf(decimal: string, exponent: number): Rate {
  const [whole = '0', fraction = ''] = decimal.split('.');
  const digits = exponent - fraction.length;
  const numerator = BigInt(whole + fraction);
  return digits >= 0
    ? { numerator: numerator * 10n ** BigInt(digits), denominator: 1n }
    : { numerator, denominator: 10n ** BigInt(-digits) };
}

import { type Level, levels, platformProblems, type Problem } from '../platform/index.js';
import type {
  AggregateRule,
  ApprovalRequirement,
  AuthorityPolicy,
  CategoryRule,
  Consideration,
  LimitRule,
} from '../policy/index.js';
import type { EarlierSum, Facts } from './authority.js';

/** What the limits say about one amount and category. */
export interface Judgement {
  readonly requirement: ApprovalRequirement;
  /** This action alone, in minor units of the base currency, rounded up. */
  readonly amountMinor: number;
  /** The sum of the case with this action, in minor units of the base currency. */
  readonly baseMinor: number;
  /** Every sum that was judged, the one of the case too. */
  readonly sums: readonly JudgedSum[];
  /** Rank of the level that category and sums beyond the case ask for; 0 where they ask for none. */
  readonly floorRank: number;
  readonly because: readonly Consideration[];
}

/** A sum with this action in it, and the level that it needs. */
export interface JudgedSum {
  readonly rule: string;
  readonly scope: AggregateRule['scope'];
  /** Minor units of the base currency. */
  readonly baseMinor: number;
  readonly level: Level;
}

interface Step {
  readonly id: string;
  readonly level: Level;
  readonly upTo: number;
}

interface Category extends Omit<CategoryRule, 'above'> {
  readonly above: number;
}

interface Aggregate extends Pick<AggregateRule, 'id' | 'scope' | 'because'> {
  readonly steps: readonly Step[];
}

interface Ladder {
  readonly steps: readonly Step[];
  readonly aggregates: readonly Aggregate[];
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
    const amount = this.#amountOf(facts);
    if (typeof amount !== 'bigint') return amount;
    const category = facts.category ?? null;
    const rules = category === null ? [] : ladder.categories.get(category);
    if (!rules) return invalid('/category', 'Not a category of the policy');
    const sums = ladder.aggregates.map((aggregate) => this.#sum(aggregate, facts, amount));
    if (sums.some(({ baseMinor }) => !Number.isSafeInteger(baseMinor))) {
      return invalid('/amount', 'Too large an amount');
    }
    return judgeWith(rules, sums, Number(amount));
  }

  #amountOf(facts: Facts): bigint | Problem {
    const amount = facts.amountMinor;
    // Types lie at the edge: a driver's bigint arrives as text.
    if (typeof amount !== 'bigint' || amount <= 0n) {
      return invalid('/amount', 'An amount above zero is required');
    }
    const base = facts.currency === undefined ? null : this.#toBase(amount, facts.currency);
    return base ?? invalid('/amount/currency', 'No rate for this currency in the policy');
  }

  /** Rounded up; null for a currency without a rate. */
  #toBase(amountMinor: bigint, currency: string): bigint | null {
    const rate = this.#rates.get(currency);
    if (!rate) return null;
    return (amountMinor * rate.numerator + rate.denominator - 1n) / rate.denominator;
  }

  #sum({ id, scope, steps, because }: Aggregate, facts: Facts, amount: bigint): Sum {
    const earlier = facts.earlier?.filter((sum) => sum.scope === scope) ?? [];
    const baseMinor = Number(amount + this.#total(earlier));
    const step = steps.find(({ upTo }) => baseMinor <= upTo) ?? steps.at(-1);
    if (!step) throw new Error(`${id} has no levels`);
    return { rule: id, scope, baseMinor, level: step.level, step: step.id, because };
  }

  /** @throws Error for an earlier amount that is none: a fault of the code that summed it. */
  #total(earlier: readonly EarlierSum[]): bigint {
    return earlier.reduce((total, { amountMinor, currency }) => {
      const base = this.#toBase(amountMinor, currency);
      if (base === null || amountMinor < 0n) throw new Error('An earlier amount cannot be judged');
      return total + base;
    }, 0n);
  }
}

interface Sum extends JudgedSum {
  /** The rung of the ladder that the sum stands on. */
  readonly step: string;
  readonly because: string;
}

function invalid(pointer: string, detail: string): Problem {
  return platformProblems['input.invalid']({ errors: [{ pointer, detail }] });
}

function judgeWith(
  rules: readonly Category[],
  sums: readonly Sum[],
  amountMinor: number,
): Judgement {
  const ofCase = sums.find(({ scope }) => scope === 'case');
  if (!ofCase) throw new Error('The sum of the case is missing');
  const because: Consideration[] = [
    { rule: ofCase.step, verdict: 'requires', reason: `The amount needs ${ofCase.level}.` },
  ];
  let requirement = requirementOf(ofCase);
  let floorRank = 0;
  for (const sum of sums.filter((other) => other !== ofCase)) {
    const applies = rankOf(sum.level) > rankOf(ofCase.level);
    because.push({
      rule: sum.step,
      verdict: applies ? 'requires' : 'does_not_apply',
      reason: sum.because,
    });
    if (!applies) continue;
    requirement = stricter(requirement, requirementOf(sum));
    floorRank = Math.max(floorRank, rankOf(sum.level));
  }
  for (const rule of rules) {
    const applies = ofCase.baseMinor > rule.above;
    const verdict = applies ? 'requires' : 'does_not_apply';
    because.push({ rule: rule.id, verdict, reason: rule.because });
    if (!applies) continue;
    requirement = stricter(requirement, { ...rule, rule: rule.id });
    floorRank = Math.max(floorRank, rankOf(rule.level));
  }
  return { requirement, amountMinor, baseMinor: ofCase.baseMinor, sums, floorRank, because };
}

function requirementOf({ level, step }: Sum): ApprovalRequirement {
  return { level, groups: [], approversMin: 1, rule: step, withinSeconds: null };
}

/** The union of what both ask for, under the name of the rule that raised it last. */
function stricter(
  held: ApprovalRequirement,
  rule: Omit<ApprovalRequirement, 'level'> & { readonly level: Level | null },
): ApprovalRequirement {
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
    rule: raised ? rule.rule : held.rule,
    withinSeconds: times.length > 0 ? Math.min(...times) : null,
  };
}

function ladderOf(limits: LimitRule, baseDigits: number): Ladder {
  const steps = stepsOf(limits.levels, baseDigits);
  const aggregates = limits.aggregates.map(({ id, scope, levels: own, because }) => ({
    id,
    scope,
    because,
    steps: own === null ? steps : stepsOf(own, baseDigits),
  }));
  const categories = new Map<string, Category[]>();
  for (const rule of limits.categories) {
    const above = rule.above === null ? 0 : minorOf(rule.above, baseDigits);
    const others = categories.get(rule.category) ?? [];
    categories.set(rule.category, [...others, { ...rule, above }]);
  }
  return { steps, aggregates, categories };
}

function stepsOf(ladder: LimitRule['levels'], baseDigits: number): readonly Step[] {
  return ladder.map(({ id, level, upTo }) => ({
    id,
    level,
    upTo: upTo === null ? Number.MAX_SAFE_INTEGER : minorOf(upTo, baseDigits),
  }));
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

import { isDeviation } from '../audit/index.js';
import type { AssurancePolicy } from '../policy/index.js';
import type { Evidence } from './checks/check.js';
import type { Deviation } from './report-content.js';

const standard = 'NIST SP 800-63B-4 §3.1.3.1; OWASP ASVS 5.0.0 6.3.6';
const explanation =
  'A code by e-mail was accepted beside the bank’s own login, though e-mail proves no possession.';

/** Counts what was permitted by rules that accept less than a standard asks for. */
export class DeviationCount {
  readonly #uses = new Map<string, number>();
  readonly #intentRules: ReadonlySet<string>;
  readonly #inForce: readonly string[];

  constructor({ intents }: Pick<AssurancePolicy, 'intents'>) {
    this.#intentRules = new Set(intents.map(({ id }) => id));
    this.#inForce = intents.filter(({ emailAccepted }) => emailAccepted).map(({ id }) => id);
  }

  look({ event }: Evidence): void {
    const { rule } = event.policy;
    if (rule === null || !isDeviation(event, this.#intentRules)) return;
    this.#uses.set(rule, (this.#uses.get(rule) ?? 0) + 1);
  }

  result(): readonly Deviation[] {
    return [...new Set([...this.#inForce, ...this.#uses.keys()])].sort().map((rule) => ({
      rule,
      from: standard,
      explanation,
      inForce: this.#inForce.includes(rule),
      uses: this.#uses.get(rule) ?? 0,
    }));
  }
}

import type { PolicyReference } from '../ledger/index.js';
import { LedgerPolicy } from '../ledger/index.js';
import type { LoadedPolicies } from './load-policies.js';
import type { PolicyContent } from './policy-files.js';

/** The active policies, frozen: law and limits by name, and the reference that decisions and events carry. */
export class Policies extends LedgerPolicy {
  /** SHA-256 of the canonical policies, hex. */
  readonly digest: string;
  /** `probity-fintech@2026.1`. */
  readonly version: string;
  readonly authority: PolicyContent['authority'];
  readonly assurance: PolicyContent['assurance'];
  readonly verification: PolicyContent['verification'];
  readonly retention: PolicyContent['retention'];
  readonly #withoutRule: PolicyReference;

  constructor({ content, digest }: LoadedPolicies) {
    super();
    this.digest = digest;
    this.version = `${content.policy.name}@${content.policy.version}`;
    this.authority = content.authority;
    this.assurance = content.assurance;
    this.verification = content.verification;
    this.retention = content.retention;
    this.#withoutRule = Object.freeze({ version: this.version, digest, rule: null });
  }

  override reference(): PolicyReference {
    return this.#withoutRule;
  }

  /** The active policy with the rule that decided. */
  referenceTo(rule: string): PolicyReference {
    return { version: this.version, digest: this.digest, rule };
  }

  /** @throws Error for a class that `retention.yaml` does not have. */
  override expiresAt(retentionClass: string, recordedAt: Date): Date {
    const rule = this.retention.classes.find((candidate) => candidate.class === retentionClass);
    if (!rule) throw new Error(`No retention class ${retentionClass}`);
    const expiresAt = new Date(recordedAt);
    if (rule.days !== undefined) expiresAt.setUTCDate(expiresAt.getUTCDate() + rule.days);
    if (rule.years !== undefined) addYears(expiresAt, rule.years);
    return expiresAt;
  }
}

/** 29 February ends on 28 February where the later year has no 29th. */
function addYears(instant: Date, years: number): void {
  const month = instant.getUTCMonth();
  instant.setUTCFullYear(instant.getUTCFullYear() + years);
  if (instant.getUTCMonth() !== month) instant.setUTCDate(0);
}

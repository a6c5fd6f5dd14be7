import type { PolicyReference } from '../ledger/index.js';
import { LedgerPolicy } from '../ledger/index.js';
import type { LoadedPolicies } from './load-policies.js';
import type { PolicyContent } from './policy-files.js';
import type { IntentId, IntentRule } from './schemas/intents.js';
import type { TemplateLanguage } from './schemas/templates.js';

/** An approved text in one language, its places still open. */
export interface ApprovedTemplate {
  readonly id: string;
  readonly version: string;
  readonly text: string;
  readonly disclaimerIds: readonly string[];
}

/** The active policies, frozen: law and limits by name, and the reference that decisions and events carry. */
export class Policies extends LedgerPolicy {
  /** SHA-256 of the canonical policies, hex. */
  readonly digest: string;
  /** `probity-fintech@2026.1`. */
  readonly version: string;
  readonly #content: PolicyContent;
  readonly #withoutRule: PolicyReference;
  readonly #intents: ReadonlyMap<string, IntentRule>;
  readonly #templates: ReadonlyMap<string, PolicyContent['templates']['templates'][number]>;
  readonly #retention: ReadonlyMap<string, PolicyContent['retention']['classes'][number]>;

  constructor({ content, digest }: LoadedPolicies) {
    super();
    this.digest = digest;
    this.version = `${content.policy.name}@${content.policy.version}`;
    this.#content = content;
    this.#withoutRule = Object.freeze({ version: this.version, digest, rule: null });
    this.#intents = new Map(content.intents.intents.map((rule) => [rule.intent, rule]));
    this.#templates = new Map(content.templates.templates.map((rule) => [rule.id, rule]));
    this.#retention = new Map(content.retention.classes.map((rule) => [rule.class, rule]));
  }

  get authority(): PolicyContent['authority'] {
    return this.#content.authority;
  }
  get assurance(): PolicyContent['assurance'] {
    return this.#content.assurance;
  }
  get verification(): PolicyContent['verification'] {
    return this.#content.verification;
  }
  get intents(): PolicyContent['intents'] {
    return this.#content.intents;
  }
  get fraud(): PolicyContent['fraud'] {
    return this.#content.fraud;
  }
  get disputes(): PolicyContent['disputes'] {
    return this.#content.disputes;
  }
  get calendars(): PolicyContent['calendars'] {
    return this.#content.calendars;
  }
  get retention(): PolicyContent['retention'] {
    return this.#content.retention;
  }
  get templates(): PolicyContent['templates'] {
    return this.#content.templates;
  }
  get masking(): PolicyContent['masking'] {
    return this.#content.masking;
  }

  /** The subject of a mail whose text a template made. */
  mailSubject(template: string): string {
    const { byTemplate, otherwise } = this.#content.templates.mailSubjects;
    return Object.hasOwn(byTemplate, template) ? (byTemplate[template] ?? otherwise) : otherwise;
  }

  /** @throws Error for an intent without a rule. */
  intent(id: IntentId): IntentRule {
    const rule = this.#intents.get(id);
    if (!rule) throw new Error(`No intent ${id} in the policy`);
    return rule;
  }

  /**
   * The approved text; English where the language has none.
   *
   * @throws Error for an id that `templates.yaml` does not have.
   */
  template(id: string, language: TemplateLanguage = 'en'): ApprovedTemplate {
    const rule = this.#templates.get(id);
    const text = rule?.texts[language] ?? rule?.texts.en;
    if (!rule || text === undefined) throw new Error(`No template ${id} in the policy`);
    return { id, version: rule.version, text, disclaimerIds: rule.disclaimerIds };
  }

  override reference(): PolicyReference {
    return this.#withoutRule;
  }

  /** The active policy with the rule that decided. */
  referenceTo(rule: string): PolicyReference {
    return { version: this.version, digest: this.digest, rule };
  }

  override get isPruningOn(): boolean {
    return this.retention.pruning === 'on';
  }

  /** @throws Error for a class that `retention.yaml` does not have. */
  override expiresAt(retentionClass: string, recordedAt: Date): Date {
    const rule = this.#retention.get(retentionClass);
    if (!rule) throw new Error(`No retention class ${retentionClass} in the policy`);
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

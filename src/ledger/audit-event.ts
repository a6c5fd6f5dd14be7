import type { z } from 'zod';

import type { CaseId, SubjectRef } from '../platform/index.js';

/** How an attempted action ended. */
export const outcomes = ['success', 'refused', 'failed'] as const;
export type EventOutcome = (typeof outcomes)[number];

/** The policy a decision was made under: name and version, digest of all policy files, and the deciding rule. */
export interface PolicyReference {
  readonly version: string;
  /** SHA-256 of the canonical policies, hex. */
  readonly digest: string;
  readonly rule: string | null;
}

/** What the ledger keeps of an authority decision; `authority.decide` answers with a wider form of it. */
export interface DecisionReference {
  readonly kind: 'permit' | 'deny' | 'step_up' | 'approval';
  readonly action: string;
  readonly purpose: string | null;
  readonly policy: PolicyReference;
}

/** What happened, as a handler reports it. The runner adds id, times, actor, origin and assurance. */
export interface AuditEventDraft<Detail = unknown> {
  readonly type: string;
  /** Defaults to the decision's action, else to the type. */
  readonly action?: string;
  readonly resource?: { readonly kind: string; readonly id: string };
  /** Whose data or case this is about. Defaults to the actor's own. */
  readonly subjectRef?: SubjectRef | null;
  readonly caseId?: CaseId | null;
  readonly decision?: DecisionReference;
  /** Overrides the outcome that `committed`, `refused` or `failed` implies. */
  readonly outcome?: EventOutcome;
  /** Stable code of a refusal or failure; defaults to the thrown problem's. */
  readonly code?: string;
  /** Names of the fields that were disclosed. */
  readonly dataAccessed?: readonly string[];
  /** Ids, codes, amounts, digests; never free text, contact data or secrets. */
  readonly detail: Detail;
  /** When it happened, if not now (a notice that came by letter). */
  readonly occurredAt?: Date;
  /**
   * Personal detail: kept outside the entry, encrypted under the subject's key; the entry holds a
   * keyed commitment to it. Needs a subject.
   */
  readonly personal?: Readonly<Record<string, unknown>>;
}

export interface EventDefinition {
  readonly type: string;
  readonly description: string;
  readonly detail: z.ZodType;
  /** Retention class in `policies/retention.yaml`. */
  readonly retentionClass: string;
}

const definitions = new Map<string, EventDefinition>();

/**
 * Registers an event type and answers its constructor:
 * `const disputeOpened = defineEvent('dispute.opened', { description, detail })`.
 *
 * @throws Error at import time where a type stands twice.
 */
export function defineEvent<Detail extends z.ZodType>(
  type: string,
  options: { description: string; detail: Detail; retentionClass?: string },
): (draft: Omit<AuditEventDraft<z.input<Detail>>, 'type'>) => AuditEventDraft<z.input<Detail>> {
  if (definitions.has(type)) throw new Error(`Event type ${type} is defined twice`);
  definitions.set(type, {
    type,
    description: options.description,
    detail: options.detail,
    retentionClass: options.retentionClass ?? 'ledger',
  });
  return (draft) => ({ type, ...draft });
}

/** @throws Error for a type that no context registered. */
export function eventDefinition(type: string): EventDefinition {
  const definition = definitions.get(type);
  if (!definition) throw new Error(`Event type ${type} is not registered`);
  return definition;
}

/** Every registered event type, sorted; the source of `docs/audit-events.md`. */
export function listEventDefinitions(): readonly EventDefinition[] {
  return [...definitions.values()].sort((a, b) => a.type.localeCompare(b.type));
}

/** An event as it was recorded, parsed from its canonical bytes. */
export interface AuditEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly actor: {
    readonly kind: string;
    readonly id: string;
    readonly role: string | null;
    readonly level: string | null;
    readonly onBehalfOf: string | null;
  };
  readonly origin: {
    readonly channel: string;
    readonly address: string | null;
    readonly userAgent: string | null;
    readonly requestId: string;
    readonly traceId: string;
  };
  readonly action: string;
  readonly resource: { readonly kind: string; readonly id: string } | null;
  /** Subject reference. */
  readonly subject: string | null;
  readonly case: string | null;
  readonly purpose: string | null;
  readonly assurance: {
    readonly acr: string;
    readonly amr: readonly string[];
    readonly method: string | null;
    /** Seconds since `acr` was reached. */
    readonly age: number | null;
  };
  readonly outcome: EventOutcome;
  readonly code: string | null;
  readonly dataAccessed: readonly string[];
  readonly detail: unknown;
  readonly policy: PolicyReference;
  readonly retention: { readonly class: string; readonly expiresAt: string };
  readonly payloadCommitment: string | null;
}

import { z } from 'zod';

import { alertTypes, type AuditEvent } from '../ledger/index.js';
import type { LedgerEvent } from './audit-log.js';

/** Never "compliant": what stands recorded against the events, or that nothing does. */
export const complianceStatuses = ['no_violation_recorded', 'violations_found'] as const;

export const violationSchema = z
  .strictObject({
    eventId: z.uuid(),
    leafIndex: z.int().nullable().describe('Null until sealed'),
    kind: z
      .enum(['fault', 'refusal', 'deviation'])
      .describe(
        'The watch raised an alert; something was asked for and refused; a rule that accepts less ' +
          'than a standard asks for permitted it',
      ),
    type: z.string(),
    code: z.string().nullable().describe('Why it was refused'),
    rule: z.string().nullable().describe('The rule of the policy that decided'),
  })
  .meta({ id: 'RecordedViolation' });
export type Violation = z.infer<typeof violationSchema>;

/** What events say of themselves that is not as law, standard or policy want it, in their order. */
export function violationsIn(
  events: readonly LedgerEvent[],
  deviatingRules: ReadonlySet<string>,
): Violation[] {
  return events.flatMap(({ id, leafIndex, text }) => {
    const event = JSON.parse(text) as AuditEvent;
    const kind = violationOf(event, deviatingRules);
    if (kind === null) return [];
    const { type, code, policy } = event;
    return [{ eventId: id, leafIndex, kind, type, code, rule: policy.rule }];
  });
}

export function complianceStatusOf(
  violations: readonly Violation[],
): (typeof complianceStatuses)[number] {
  return violations.length === 0 ? 'no_violation_recorded' : 'violations_found';
}

/**
 * Whether an event was permitted by a rule that accepts less than a standard asks for: an intent's
 * rule permits nothing by itself, so that whatever names one was permitted by its deviation.
 */
export function isDeviation(
  { outcome, policy }: Pick<AuditEvent, 'outcome' | 'policy'>,
  deviatingRules: ReadonlySet<string>,
): boolean {
  return outcome === 'success' && policy.rule !== null && deviatingRules.has(policy.rule);
}

function violationOf(
  event: AuditEvent,
  deviatingRules: ReadonlySet<string>,
): Violation['kind'] | null {
  if ((alertTypes as readonly string[]).includes(event.type)) return 'fault';
  if (event.outcome === 'refused') return 'refusal';
  return isDeviation(event, deviatingRules) ? 'deviation' : null;
}

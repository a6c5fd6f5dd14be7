import type { Problem } from '../platform/index.js';
import type { AuditEventDraft } from './audit-event.js';

/** At least one event: a write that reports nothing does not compile. */
type Events = readonly [AuditEventDraft, ...AuditEventDraft[]];

export interface Committed<Result> {
  readonly kind: 'committed';
  readonly result: Result;
  readonly events: Events;
  /** False where the result may not be replayed: a disclosure is judged and recorded each time. */
  readonly isKept?: boolean;
}
export interface Refused {
  readonly kind: 'refused';
  readonly problem: Problem;
  readonly events: Events;
}
export interface Failed {
  readonly kind: 'failed';
  readonly problem: Problem;
  readonly events: Events;
  /** False where the same request may succeed later: a limit ends by itself. */
  readonly isKept?: boolean;
}
export interface Disclosed<View> {
  readonly kind: 'disclosed';
  readonly view: View;
  readonly events: Events;
}

export type WriteOutcome<Result> = Committed<Result> | Refused | Failed;
export type ReadOutcome<View> = Disclosed<View> | Refused;

/** State and events are kept; the receipt is of the first event. */
export function committed<Result>(
  result: Result,
  event: AuditEventDraft,
  ...more: readonly AuditEventDraft[]
): Committed<Result> {
  return { kind: 'committed', result, events: [event, ...more] };
}

/** What the work did is rolled back, the events are kept, then the problem is thrown. */
export function refused(
  problem: Problem,
  event: AuditEventDraft,
  ...more: readonly AuditEventDraft[]
): Refused {
  return { kind: 'refused', problem, events: [event, ...more] };
}

/** State and events are both kept, then the problem is thrown (a wrong code, a lock, a used-up limit). */
export function failed(
  problem: Problem,
  event: AuditEventDraft,
  ...more: readonly AuditEventDraft[]
): Failed {
  return { kind: 'failed', problem, events: [event, ...more] };
}

/** The view leaves the process only after the event has committed. */
export function disclosed<View>(
  view: View,
  event: AuditEventDraft,
  ...more: readonly AuditEventDraft[]
): Disclosed<View> {
  return { kind: 'disclosed', view, events: [event, ...more] };
}

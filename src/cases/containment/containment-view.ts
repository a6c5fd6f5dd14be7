import { z } from 'zod';

import type { Actor } from '../../platform/index.js';
import {
  containmentReasons,
  type ContainmentReason,
  type ContainmentState,
  containmentStates,
  containmentTypes,
} from './containment-state.js';
import type { Containment } from './containment.entity.js';

export const containmentViewSchema = z
  .object({
    id: z.uuid(),
    type: z.enum(containmentTypes),
    state: z.enum(containmentStates),
    reason: z.enum(containmentReasons).nullable(),
    appliedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Containment' });
export type ContainmentView = z.infer<typeof containmentViewSchema>;

/**
 * A containment as the reader may see it. A guest, and a customer whose own card it does not protect,
 * sees what they asked for and never what came of it: whether a card exists does not show.
 */
export function containmentView(
  containment: Containment,
  reader: Actor,
  isIdentifiable: boolean,
): ContainmentView {
  const { id, type, state, reason, appliedAt } = containment;
  if (maySeeOutcome(reader, containment)) {
    return { id, type, state, reason, appliedAt: appliedAt?.toISOString() ?? null };
  }
  const shown: { state: ContainmentState; reason: ContainmentReason | null } = {
    state: 'requested',
    reason: isIdentifiable ? null : 'card_not_identified',
  };
  return { id, type, ...shown, appliedAt: null };
}

function maySeeOutcome({ kind, subjectRef }: Actor, { holderSubjectRef }: Containment): boolean {
  if (kind === 'customer') return subjectRef !== null && holderSubjectRef === subjectRef;
  return kind !== 'guest';
}

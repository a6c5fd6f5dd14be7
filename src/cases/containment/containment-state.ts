/** The life of a protective measure; it runs beside the status of its case. */
export const containmentStates = ['requested', 'applied', 'reviewed', 'released'] as const;
export type ContainmentState = (typeof containmentStates)[number];

export const containmentTransitions: Readonly<
  Record<ContainmentState, readonly ContainmentState[]>
> = {
  requested: ['applied', 'released'],
  applied: ['reviewed', 'released'],
  reviewed: ['released'],
  released: [],
};

export const containmentTypes = ['card-block', 'account-freeze'] as const;
export type ContainmentType = (typeof containmentTypes)[number];

/** Why a measure stands as requested. */
export const containmentReasons = [
  'card_not_identified',
  'containment_limit',
  'bank_unavailable',
] as const;
export type ContainmentReason = (typeof containmentReasons)[number];

/** What the bank still has to be asked for. */
export type PendingEffect = 'block' | 'release';

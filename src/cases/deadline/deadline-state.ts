/** The life of a deadline. `superseded`: new facts set another clock from the same notice. */
export const deadlineStates = [
  'running',
  'paused',
  'warning',
  'met',
  'breached',
  'defaulted_to_consumer',
  'superseded',
] as const;
export type DeadlineState = (typeof deadlineStates)[number];

export const deadlineTransitions: Readonly<Record<DeadlineState, readonly DeadlineState[]>> = {
  running: ['paused', 'warning', 'met', 'breached', 'superseded'],
  paused: ['running', 'met', 'superseded'],
  warning: ['paused', 'met', 'breached', 'superseded'],
  met: [],
  breached: ['met', 'defaulted_to_consumer'],
  defaulted_to_consumer: [],
  superseded: [],
};

/** The life of a conversation. */
export const conversationStates = [
  'open',
  'awaiting_verification',
  'in_progress',
  'handed_off',
  'resolved',
  'closed',
] as const;
export type ConversationState = (typeof conversationStates)[number];

/** Where each state may go; code asks this table and nothing else. */
export const conversationTransitions: Readonly<
  Record<ConversationState, readonly ConversationState[]>
> = {
  open: ['awaiting_verification', 'in_progress', 'handed_off', 'resolved', 'closed'],
  awaiting_verification: ['in_progress', 'handed_off', 'resolved', 'closed'],
  in_progress: ['awaiting_verification', 'handed_off', 'resolved', 'closed'],
  handed_off: ['awaiting_verification', 'in_progress', 'resolved', 'closed'],
  resolved: ['in_progress', 'awaiting_verification', 'handed_off', 'closed'],
  closed: [],
};

/** The state after a turn: where it wants to go if the table allows, else where it stands. */
export function nextConversationState(
  from: ConversationState,
  to: ConversationState,
): ConversationState {
  return conversationTransitions[from].includes(to) ? to : from;
}

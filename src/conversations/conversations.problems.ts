import { defineProblems } from '../platform/index.js';

/** Problems of conversations. Most of what can go wrong in a dialogue is an answer, not a problem. */
export const conversationProblems = defineProblems({
  'conversation.closed': {
    status: 409,
    title: 'Conversation is closed',
    when: 'A message arrives in a conversation that has ended; start another.',
  },
});

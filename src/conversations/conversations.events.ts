import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';

export const conversationStarted = defineEvent('conversation.started', {
  description: 'A conversation was opened by a customer or a guest.',
  detail: z.strictObject({ channel: z.string() }),
});

export const conversationRefused = defineEvent('conversation.refused', {
  description:
    "A message or a reading was refused: the conversation is unknown or somebody else's.",
  detail: z.strictObject({}),
});

export const messageAnswered = defineEvent('conversation.message_answered', {
  description:
    'A message was received, redacted, understood and answered from an approved template. ' +
    'Its text stands outside the ledger, under the person’s key.',
  detail: z.strictObject({
    messageId: z.uuid(),
    replyId: z.uuid(),
    intent: z.string(),
    confidencePermille: z.int(),
    modelDigest: z.string(),
    outcome: z.string(),
    code: z.string().nullable(),
    templateId: z.string(),
    templateVersion: z.string(),
    redactionKinds: z.array(z.string()),
    handOff: z.string().nullable(),
  }),
  retentionClass: 'ledger',
});

export const playbookStepCompleted = defineEvent('playbook.step_completed', {
  description: 'One step of a playbook ended; steps leave their events in the order they ran.',
  detail: z.strictObject({ playbook: z.string(), step: z.string(), order: z.int() }),
});

export const disclosureRefused = defineEvent('conversation.disclosure_refused', {
  description:
    'Account data was asked for and not shown: identity is not proven, or authority refused.',
  detail: z.strictObject({ intent: z.string() }),
});

export const handedOff = defineEvent('conversation.handed_off', {
  description: 'A person takes over, for the stated reason.',
  detail: z.strictObject({ handOffId: z.uuid(), reason: z.string(), queue: z.string() }),
});

export const conversationRead = defineEvent('conversation.read', {
  description: 'The messages of a conversation were read.',
  detail: z.strictObject({ messages: z.int(), withheld: z.int() }),
});

export const outgoingRedacted = defineEvent('conversation.outgoing_redacted', {
  description:
    'The net behind the templates caught payment data or a secret in a reply before it left.',
  detail: z.strictObject({ templateId: z.string(), kinds: z.array(z.string()) }),
});

export const messageClassified = defineEvent('classification.previewed', {
  description: 'A member of staff had a text classified without a conversation.',
  detail: z.strictObject({
    intent: z.string(),
    confidencePermille: z.int(),
    modelDigest: z.string(),
  }),
});

import type { MessageOutcome } from '../message-answer.js';
import type { Playbook } from './playbook.js';

/** Answers with an approved sentence and nothing else. */
export function statement(outcome: MessageOutcome, templateId: string, code?: string): Playbook {
  const answer = {
    outcome,
    reply: { templateId },
    events: [],
    ...(code === undefined ? {} : { code }),
  };
  return { prepare: () => Promise.resolve(() => Promise.resolve(answer)) };
}

import type { IntentRule } from '../../policy/index.js';
import type { HandOffReason } from '../hand-off.entity.js';
import type { Answer, AnswerInside, Turn } from './playbook.js';

/** A person takes over: nothing is looked up and nothing is said that is not in the template. */
export function handOff(
  reason: HandOffReason,
  queue: string,
  templateId = 'handed-off',
): AnswerInside {
  const answer: Answer = {
    outcome: 'handed_off',
    reply: { templateId },
    handOff: { reason, queue },
    state: 'handed_off',
    events: [],
  };
  return () => Promise.resolve(answer);
}

/** A notice below its threshold has its case all the same; a person looks at what it means. */
export function doubtful(turn: Turn, rule: IntentRule): Pick<Answer, 'handOff'> {
  const { intent, confidence } = turn.classification;
  if (intent === rule.intent && confidence >= rule.confidenceThreshold) return {};
  return { handOff: { reason: 'confidence_threshold', queue: rule.queue } };
}

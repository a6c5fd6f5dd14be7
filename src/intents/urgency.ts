import { type IntentPriority, type IntentsPolicy, intentPriorities } from '../policy/index.js';
import type { RankedIntent } from './classification.js';

const PRESSING =
  /\b(?:urgent(?:ly)?|asap|immediately|emergency|right now|right away|at once|as soon as possible|hurry|quick(?:ly)?!|help me!|can't wait|dringend|sofort|notfall|urgente|inmediatamente|ya mismo)\b|!{3,}/i;
/** Words alone make nothing critical: that is for intents that policy calls so. */
const HIGHEST_BY_WORDS = intentPriorities.indexOf('high');
const CHARACTERS_MAX = 2000;

function priorityOf({ intent }: RankedIntent, policy: IntentsPolicy): number {
  const rule = policy.intents.find((candidate) => candidate.intent === intent);
  return intentPriorities.indexOf(rule?.priority ?? 'normal');
}

/** A notice counts from its own, lower threshold on, even where another intent leads. */
function isNotice({ intent, confidence }: RankedIntent, policy: IntentsPolicy): boolean {
  const threshold = policy.intents.find((rule) => rule.intent === intent)?.noticeThreshold ?? null;
  return threshold !== null && confidence >= threshold;
}

/** How soon somebody must look: the priority of the leading intent and of any notice, raised one step by pressing words. */
export function judgeUrgency(
  text: string,
  ranked: readonly RankedIntent[],
  policy: IntentsPolicy,
): IntentPriority {
  const counting = ranked.filter((one, at) => at === 0 || isNotice(one, policy));
  const base = Math.max(0, ...counting.map((one) => priorityOf(one, policy)));
  const pressing = PRESSING.test(text.slice(0, CHARACTERS_MAX));
  const raised = pressing ? Math.max(base, Math.min(base + 1, HIGHEST_BY_WORDS)) : base;
  return intentPriorities[raised] ?? 'normal';
}

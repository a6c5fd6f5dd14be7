import { intentIds, type IntentId } from '../policy/index.js';

export { intentIds, type IntentId };

/** What a message that is none of our business is called; no playbook answers it. */
export const outOfScope: IntentId = 'out-of-scope';

/** Says whether a word names an intent. */
export function isIntentId(word: string): word is IntentId {
  return (intentIds as readonly string[]).includes(word);
}

/** Words of people who have seen somebody else in their account; a card or a charge alone is no intruder. */
const patterns = [
  /\b(suspicious|strange|unusual|unknown)\s+(activity|logins?|log-ins?|sign-?ins?|access|devices?)\b/i,
  /\b(some(one|body)|strangers?|hackers?)\b[^.!?]{0,40}\b(in|into|access(ed|es)?( to)?|using|took over|logged in(to)?)\b[^.!?]{0,20}\baccount\b/i,
  /\baccount\b[^.!?]{0,30}\b(hacked|compromised|taken over|broken into)\b/i,
  /\bhacked\b[^.!?]{0,20}\baccount\b/i,
];

/**
 * Whether a report of fraud tells of somebody else at the account itself. Missing one loses nothing:
 * the case opens all the same, and the customer can end other sessions by the route for it.
 */
export function tellsOfIntruder(text: string): boolean {
  return patterns.some((pattern) => pattern.test(text));
}

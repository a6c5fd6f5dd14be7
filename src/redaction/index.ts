/**
 * Finds payment data, secrets and national identifiers in texts and takes them out. Pure: it
 * imports nothing of ours, does no I/O, never throws, and takes time in proportion to its input.
 * It promises that what it names is gone from its answer; it does not promise to find personal
 * data that carries no form of its own (names, street addresses), nor does it mask by role.
 */
export { bareSixDigits } from './bare-six-digits.js';
export { countSteps, findCardNumbers, redact } from './redact.js';
export { redactNext, type FollowingText, type RedactionTrail } from './redact-next.js';
export { redactDeep, secretMember, type DeepRedaction, type RedactedValue } from './redact-deep.js';
export {
  personalKinds,
  redactionKinds,
  secretKinds,
  type RedactedText,
  type Redaction,
  type RedactionKind,
  type RedactionPolicy,
} from './redaction.js';

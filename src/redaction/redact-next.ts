import { firstSeen, redact, rewrite } from './redact.js';
import type { RedactedText, RedactionKind, RedactionPolicy } from './redaction.js';

/** The ends of the last messages, oldest first, as they were kept: what a secret told in parts is pieced from. */
export type RedactionTrail = readonly string[];

/** A message redacted in the light of those before it. */
export interface FollowingText extends RedactedText {
  /** For the next message. */
  readonly trail: RedactionTrail;
  /** How many of the messages just before this one hold a part of what ended here; their text should go too. */
  readonly earlier: number;
}

const MESSAGES_MAX = 24;
const TAIL_CHARACTERS = 64;
const BREAK = '\n';
/** What keeps its form when it is cut up. A code or a name needs its own sentence, and answers a question of ours. */
const TOLD_IN_PARTS: readonly RedactionKind[] = [
  'card-number',
  'cvv',
  'ssn',
  'itin',
  'iban',
  'private-key',
  'seed-phrase',
];

function messagesFrom(trail: RedactionTrail, place: number): number {
  let end = 0;
  const index = trail.findIndex((tail) => {
    end += tail.length + BREAK.length;
    return place < end;
  });
  return trail.length - index;
}

/**
 * Redacts a message that follows others: a card number, key or phrase told over several messages in a
 * row is found when its last part arrives. Pure: the trail is handed in and out.
 */
export function redactNext(
  trail: RedactionTrail,
  message: string,
  policy: RedactionPolicy = {},
): FollowingText {
  const alone = redact(message, policy);
  const before = trail.map((tail) => tail + BREAK).join('');
  const kinds = TOLD_IN_PARTS.filter((kind) => policy.kinds?.includes(kind) ?? true);
  const ending = firstSeen(before + alone.text, { ...policy, kinds }).filter(
    ({ to }) => to > before.length,
  );
  const redacted = rewrite(
    alone,
    ending.map(({ from, to, ...rest }) => ({
      ...rest,
      from: Math.max(0, from - before.length),
      to: to - before.length,
    })),
  );
  const begins = ending[0]?.from ?? before.length;
  return {
    ...redacted,
    earlier: begins < before.length ? messagesFrom(trail, begins) : 0,
    trail: [...trail, redacted.text.slice(-TAIL_CHARACTERS)].slice(-MESSAGES_MAX),
  };
}

import { foldText } from './fold-text.js';

const BARE = /^\d(?:[ -]?\d){5}$/;
/** Longer messages cannot be a bare code; they are not folded at all. */
const LENGTH_MAX = 64;

/**
 * Answers the six digits of a message that is nothing but a six-digit number, with single spaces or
 * hyphens anywhere between (`123456`, `123-456`, ` 123 456 `), in any script; otherwise null.
 */
export function bareSixDigits(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.length > LENGTH_MAX) return null;
  const folded = foldText(trimmed).text.trim();
  return BARE.test(folded) ? folded.replace(/\D/g, '') : null;
}

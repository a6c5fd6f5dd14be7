/** Longer messages are judged by their first characters: people say what they want early. */
const CHARACTERS_MAX = 1600;
const SEGMENTS_MAX = 60;
const NAME_WORDS_MAX = 4;

const CARD_PLACEHOLDER = /\[card \*{4}\d{4}\]/g;
const SECRET_PLACEHOLDER = /\[[a-z-]{2,20} removed\]/g;

const GREETING =
  /^(?:hi+|hello+|hey+|hiya|howdy|greetings|yo|good (?:morning|afternoon|evening|day)|morning|evening|dear|hola|buenos d[ií]as|buenas|hallo|guten (?:tag|morgen|abend)|bonjour)(?: (?:there|team|all|everyone|guys|folks|sir|madam|sirs|or|to|whom|it|may|concern|support|customer|service|services|bank|probity|agent|mate|again))*(?=[\s,.!:;-]|$)[\s,.!:;-]*/i;
const DEAR_NAME =
  /^(?:dear|hi|hello|hey) [\p{L}.'-]{2,20}(?: [\p{L}.'-]{2,20}){0,3}\s?[,:!\n]\s*/iu;
const PLEASANTRY =
  /^(?:(?:i )?hope (?:you|this|all|everything).{0,60}|how are you.{0,20}|(?:my name is|this is|i'?m) [\p{Lu}][\p{L}'-]+(?: [\p{Lu}][\p{L}'-]+)?(?: (?:here|speaking))?|(?:i )?hope (?:that )?you can help.{0,20}|sorry to (?:bother|trouble) you.{0,20}|quick question|i have a (?:quick )?question)[,.!?]*$/iu;
const CLOSING =
  /^(?:so |many |kind |kindest |best |warm |with |ok |okay |and )*(?:thanks|thank you|thankyou|thx|ty|cheers|ta|regards|sincerely|yours|best wishes|wishes|have a (?:nice|good|great|lovely).{0,20}|(?:i )?(?:really )?appreciate (?:it|your|the|any).{0,40}|(?:looking forward|look forward) to.{0,50}|(?:please )?let me know.{0,20}|any help.{0,40}|sent from my .{0,20}|much appreciated|appreciated|gracias.{0,20}|muchas gracias.{0,20}|danke.{0,20}|vielen dank.{0,20}|mit freundlichen gr.{0,10}|saludos|merci.{0,20}|cordialement)(?: (?:so much|very much|a lot|a million|again|in advance|you|guys|all|everyone|team|for (?:your|the|all|any|helping|reading|looking).{0,50}))*[\s,.!-]*(?:[\p{L}.'-]{1,20}(?: [\p{L}.'-]{1,20}){0,2})?[\s.!]*$/iu;
const TRAILING_THANKS =
  /[\s,]+(?:please and thank you|many thanks|thanks|thank you|thx|cheers)(?: (?:so much|very much|a lot|in advance|again))?[\s.!]*$/i;
const NAME = /^[-–—~\s]*[\p{Lu}][\p{L}.'-]*(?: [\p{Lu}][\p{L}.'-]*){0,3}$/u;

/** Cuts a text into sentences and lines; decimals and abbreviations inside words stay whole. */
function segments(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/, SEGMENTS_MAX)
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '');
}

function withoutGreeting(segment: string): string {
  return segment.replace(DEAR_NAME, '').replace(GREETING, '').trim();
}

function isSignature(last: string | undefined, before: string | undefined): boolean {
  if (last === undefined || before === undefined) return false;
  return NAME.test(last) && last.split(' ').length <= NAME_WORDS_MAX && CLOSING.test(before);
}

/**
 * Takes greetings, courtesies and signatures away, so that the request is what is judged: wrapped in
 * friendly words it would otherwise look like small talk. A message that is nothing else stays whole.
 */
export function trimWrapping(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('>'));
  const parts = segments(lines.join('\n'));
  const [first, ...rest] = parts;
  if (first === undefined) return text.trim();
  const kept = [withoutGreeting(first), ...rest].filter((part) => part !== '');
  while (kept.length > 1 && PLEASANTRY.test(kept[0] ?? '')) {
    kept.shift();
    kept[0] = withoutGreeting(kept[0] ?? '');
  }
  if (isSignature(kept.at(-1), kept.at(-2))) kept.pop();
  while (kept.length > 1 && CLOSING.test(kept.at(-1) ?? '')) kept.pop();
  const trimmed = kept.join(' ').replace(TRAILING_THANKS, '').trim();
  return trimmed === '' ? text.trim() : trimmed;
}

/**
 * A message as the features see it: wrapping off, lower case, placeholders of redaction as words,
 * every figure as zeros of the same length (at most four), one space between words.
 */
export function normaliseMessage(text: string): string {
  const bounded = text.slice(0, CHARACTERS_MAX).normalize('NFKC').slice(0, CHARACTERS_MAX);
  return trimWrapping(bounded)
    .replace(CARD_PLACEHOLDER, ' cardnumber ')
    .replace(SECRET_PLACEHOLDER, ' secretvalue ')
    .toLowerCase()
    .replace(/[\u2018\u2019\u0060\u00b4]/g, "'")
    .replace(/\d[\d.,]*\d|\d/g, (figure) =>
      '0'.repeat(Math.min(4, figure.replace(/\D/g, '').length)),
    )
    .replace(/[^\p{L}\p{N}'$€£¥?!%]+/gu, ' ')
    .trim();
}

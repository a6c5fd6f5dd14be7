import { bareSixDigits } from '../../redaction/index.js';

const LAST_FOUR: readonly RegExp[] = [
  /\[card \*{4}(\d{4})\]/,
  /\b(?:ending|ends|ended|terminad[ao]|endend)(?: (?:in|with|on|en|auf|mit))? ?(?:\*{1,4} ?)?(\d{4})(?!\d)/i,
  /\blast (?:four|4)(?: digits?)?(?: of (?:my|the) (?:card|account))?(?: (?:are|is|were))?:? ?(\d{4})(?!\d)/i,
  /(?:\*{2,4}|x{3,4}|•{2,4}) ?-?(\d{4})(?!\d)/i,
  /(?<!\d)(\d{4})(?: are| is)?(?: the| my)? last (?:four|4)\b/i,
];

const CUSTOMER_NUMBER =
  /\b(?:customer|client|member|kunden|cliente)[ -]?(?:number|no\.?|nr\.?|id|#|nummer|número)?(?: (?:is|was|ist|es))?[:#]? {0,2}(\d{5,10})(?!\d)/i;

/** Finds the last four digits of a card or account that a message names. */
export function findLastFour(text: string): string | null {
  for (const pattern of LAST_FOUR) {
    const digits = pattern.exec(text)?.[1];
    if (digits !== undefined) return digits;
  }
  return null;
}

/** Finds a customer number where it is called so. */
export function findCustomerNumber(text: string): string | null {
  return CUSTOMER_NUMBER.exec(text)?.[1] ?? null;
}

/** Six digits that are the whole message. */
export function findOneTimeCode(text: string): string | null {
  return bareSixDigits(text);
}

import { formatMoney } from '../platform/index.js';

/** What a code is for, in the words of the person who reads it. */
const reasons: Readonly<Record<string, string>> = {
  'balance-inquiry': 'to see your balance',
  'transaction-history': 'to see your transactions',
  statement: 'to get your statement',
  dispute: 'to see the transaction in your dispute',
  fraud: 'to see the transaction in your report',
  payment: 'to confirm a payment',
  'factor-change': 'to change how you prove who you are',
  'account-access': 'to prove who you are',
};
const otherReason = 'to confirm your request';

/** The facts a message may name. */
export interface MessageFacts {
  readonly code: string;
  /** The name that phones bind the code to (WICG origin-bound one-time codes). */
  readonly domain: string;
  readonly purpose: string;
  readonly minutes: number;
  readonly amountMinor: bigint | null;
  readonly currency: string | null;
  readonly payee: string | null;
}

/**
 * The text that carries a code: what it is for, the amount and payee where money moves (Regulation
 * (EU) 2018/389 Art. 5(1)(a)), a warning, and the line that lets a phone fill the code in on our site
 * alone. No account data.
 */
export function challengeMessage(facts: MessageFacts): string {
  const { code, domain, minutes } = facts;
  return [
    `Probity: ${code} is your code ${reasons[facts.purpose] ?? otherReason}${linkOf(facts)}. ` +
      `It is good for ${String(minutes)} minutes. ` +
      'We never ask for this code: do not tell it to anybody who calls or writes to you.',
    '',
    `@${domain} #${code}`,
  ].join('\n');
}

function linkOf({ amountMinor, currency, payee }: MessageFacts): string {
  if (amountMinor === null || currency === null) return '';
  const { amount } = formatMoney(amountMinor, currency);
  return `: ${amount} ${currency}${payee === null ? '' : ` to ${maskPayee(payee)}`}`;
}

/** Enough to recognise whom one pays, not enough to learn it from a stolen phone. */
function maskPayee(payee: string): string {
  const characters = Array.from(payee.trim());
  const [first, last] = [characters.slice(0, 2).join(''), characters.slice(-2).join('')];
  return characters.length <= 4 ? '**' : `${first}**${last}`;
}

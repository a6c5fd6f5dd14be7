import { dictionary } from '@zxcvbn-ts/language-common';

import type { VerificationPolicy } from '../../policy/index.js';
import { normalisePassword } from './passwords.js';

/** Why a password is not taken; told to the person who chose it. */
export type PasswordFault = 'too_short' | 'too_long' | 'common' | 'context' | 'repetitive';

export interface ChosenPassword {
  readonly password: string;
  readonly email: string;
}

const productWords = ['probity'];
/** What must remain of a password beside the words that anybody would guess of this person. */
const ownCharactersMin = 8;
/** A shorter unit that is only repeated is as guessable as itself. */
const unitCharactersMax = 6;
const contextWordMin = 4;

const commonPasswords: ReadonlySet<string> = new Set(
  dictionary['passwords-common'].map((entry) => entry.toLowerCase()),
);
const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/**
 * What is wrong with a password that somebody chose; null where nothing is. Length counts code
 * points; there are no rules of composition (NIST SP 800-63B-4 §3.1.1.2).
 */
export function passwordFault(
  { password, email }: ChosenPassword,
  policy: VerificationPolicy['staffPassword'],
): PasswordFault | null {
  const normal = normalisePassword(password);
  const { length } = Array.from(normal);
  if (length < policy.charactersMin) return 'too_short';
  if (length > policy.charactersMax) return 'too_long';
  const lower = normal.toLowerCase();
  if (isRepetitive(lower)) return 'repetitive';
  if (isCommon(lower)) return 'common';
  return remainderOf(lower, contextWords(email)).length < ownCharactersMin ? 'context' : null;
}

/** Common as it stands, with lookalikes spelt out, or under a wrapping of digits and signs. */
function isCommon(lower: string): boolean {
  const spelt = lower.replaceAll(/[013457@$!]/g, (character) => lookalikes[character] ?? character);
  const forms = [lower, spelt].flatMap((form) => [form, unwrapped(form)]);
  return [...forms, unwrapped(lower, spelt)].some((form) => commonPasswords.has(form));
}

/** Without the digits and signs around it: `Password2026!` is `password`. */
function unwrapped(form: string, spelt = form): string {
  const start = form.search(/\p{L}/u);
  if (start < 0) return form;
  return spelt.slice(start, form.length - (/\P{L}*$/u.exec(form)?.[0].length ?? 0));
}

/** One unit over and over (`abcabcabcabc`), or a run up or down (`123456789012`). */
function isRepetitive(lower: string): boolean {
  for (let size = 1; size <= unitCharactersMax; size += 1) {
    const unit = lower.slice(0, size);
    if (unit.repeat(Math.ceil(lower.length / size)).startsWith(lower)) return true;
  }
  const points = Array.from(lower, (character) => character.codePointAt(0) ?? 0);
  const steps = points.slice(1).map((point, index) => point - (points[index] ?? 0));
  return steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1);
}

function contextWords(email: string): readonly string[] {
  const parts = email.toLowerCase().split(/[@.\-_+]/);
  return [...productWords, ...parts].filter((word) => word.length >= contextWordMin);
}

function remainderOf(lower: string, words: readonly string[]): string {
  return words.reduce((rest, word) => rest.replaceAll(word, ''), lower);
}

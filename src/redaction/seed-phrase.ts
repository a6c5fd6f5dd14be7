import type { Finding } from './redaction.js';
import type { Scan, Token } from './scan.js';

/** A wallet's mnemonic has 12 to 24 words (BIP-39), each of three to eight letters in the English list. */
const WORDS_MIN = 12;
const WORDS_MIN_IN_CONTEXT = 9;
const WORDS_MAX = 24;
const WORD_LETTERS_MIN = 3;
const WORD_LETTERS_MAX = 8;
const GAP_TOKENS_MAX = 5;
const CONTEXT_CHARACTERS = 120;

const CONTEXT =
  /seed|mnemonic|recovery|backup phrase|secret (?:phrase|words)|wallet|bip-?39|(?:12|15|18|21|24|twelve|twenty.four) words|frase semilla|palabras|wiederherstellung|phrase secr/;

/**
 * Everyday words that no mnemonic of the English list holds. Twelve words in a row without one of
 * them, all of three to eight letters and with no sentence mark between, are not prose.
 */
const PROSE = new Set(
  (
    'the and for from but not are was were had has her his him how its our out she too who why with ' +
    'would your been being did does could should please thanks thank them their which some than these ' +
    'those here yes hello dear hey until since bank money got get help need want went made said told ' +
    'says see saw did done any few new old her put sent send paid pay came come today yesterday ' +
    'tomorrow monday tuesday friday'
  ).split(' '),
);

function isMnemonicWord(scan: Scan, token: Token): boolean {
  const letters = token.end - token.start;
  if (token.kind !== 'word' || letters < WORD_LETTERS_MIN || letters > WORD_LETTERS_MAX)
    return false;
  return !PROSE.has(scan.lower(token));
}

/** The next word over spaces, commas, line breaks and numbering ("2."); null where prose begins. */
function nextWord(scan: Scan, from: number): number | null {
  for (let index = from; index < from + GAP_TOKENS_MAX; index += 1) {
    const token = scan.at(index);
    if (token.kind === 'end') return null;
    if (token.kind === 'word') return isMnemonicWord(scan, token) ? index : null;
    if (token.kind === 'digits' && token.end - token.start > 2) return null;
    if (token.kind === 'mark' && !/^[,;.:)\-|/#•>"'[\]]$/.test(scan.lower(token))) return null;
  }
  return null;
}

function readRun(scan: Scan, first: number): { words: Token[]; next: number } {
  const words: Token[] = [scan.at(first)];
  let index: number = first;
  for (;;) {
    const following = nextWord(scan, index + 1);
    if (following === null) return { words, next: index + 1 };
    words.push(scan.at(following));
    index = following;
  }
}

/** Sentence marks between the words say prose, unless the words are numbered. */
function isList(scan: Scan, words: readonly Token[]): boolean {
  let marks = 0;
  for (let index = 1; index < words.length; index += 1) {
    const gap = scan.text(words[index - 1]?.end ?? 0, words[index]?.start ?? 0);
    if (/[.:;]/.test(gap) && !/\d/.test(gap)) marks += 1;
  }
  return marks === 0 || marks >= words.length - 1;
}

/** Talk of a wallet before the run, in its first words (they may be part of it), or after it. */
function isSpokenOf(scan: Scan, words: readonly Token[]): boolean {
  const start = words[0]?.start ?? 0;
  const end = words.at(-1)?.end ?? start;
  const head = scan.lowerText(start - CONTEXT_CHARACTERS, words[3]?.end ?? end);
  return CONTEXT.test(head) || CONTEXT.test(scan.lowerText(end, end + CONTEXT_CHARACTERS));
}

/** Finds mnemonic phrases: with talk of one nearby a nearly whole phrase, otherwise twelve words of its kind. */
export function findSeedPhrases(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (let index = 0; index < scan.length;) {
    if (!isMnemonicWord(scan, scan.at(index))) {
      index += 1;
      continue;
    }
    const { words, next } = readRun(scan, index);
    const start = words[0]?.start ?? 0;
    const end = words.at(-1)?.end ?? start;
    const spokenOf = words.length >= WORDS_MIN_IN_CONTEXT && isSpokenOf(scan, words);
    const enough = words.length >= (spokenOf ? WORDS_MIN_IN_CONTEXT : WORDS_MIN);
    if (
      enough &&
      (words.length <= WORDS_MAX * 3 || spokenOf) &&
      (spokenOf || isList(scan, words))
    ) {
      found.push({ kind: 'seed-phrase', start, end });
    }
    index = next;
  }
  return found;
}

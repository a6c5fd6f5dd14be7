/** Character n-grams of the text with a space on either side, so that word edges count. */
const CHARACTERS_MIN = 2;
const CHARACTERS_MAX = 5;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Seeds that keep words, pairs of words and character n-grams in ranges of their own. */
const WORD_SEED = 0x9e3779b9;
const PAIR_SEED = 0x85ebca6b;

const WORD = /[\p{L}\p{N}']+|[$€£¥?!%]/gu;

function hashWord(word: string, seed: number): number {
  let hash = (FNV_OFFSET ^ seed) >>> 0;
  for (let index = 0; index < word.length; index += 1) {
    hash = Math.imul(hash ^ word.charCodeAt(index), FNV_PRIME) >>> 0;
  }
  return hash;
}

/** Takes one hashed n-gram; called once for each time it occurs. */
export type FeatureVisitor = (hash: number) => void;

/** Visits the word 1-2-grams of a normalised text. */
export function visitWords(text: string, visit: FeatureVisitor): void {
  let before = '';
  for (const word of text.match(WORD) ?? []) {
    visit(hashWord(word, WORD_SEED));
    if (before !== '') visit(hashWord(`${before} ${word}`, PAIR_SEED));
    before = word;
  }
}

/** Visits the character 2-5-grams of a normalised text. */
export function visitCharacters(text: string, visit: FeatureVisitor): void {
  const padded = ` ${text} `;
  for (let start = 0; start < padded.length; start += 1) {
    const last = Math.min(CHARACTERS_MAX, padded.length - start);
    let hash = FNV_OFFSET;
    for (let length = 1; length <= last; length += 1) {
      hash = Math.imul(hash ^ padded.charCodeAt(start + length - 1), FNV_PRIME) >>> 0;
      if (length >= CHARACTERS_MIN) visit(hash);
    }
  }
}

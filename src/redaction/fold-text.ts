/**
 * A text as the recognisers see it: digits of any script as ASCII digits, wide letters as ASCII
 * letters, every kind of dash and space as one, and characters without width left out.
 */
export interface FoldedText {
  /** Same letters, case kept (base58 and base64 need it). */
  readonly text: string;
  /** The same text in lower case, unit for unit. */
  readonly lower: string;
  /** Where a unit of the folded text begins in the original text. */
  originAt(index: number): number;
  /** Where a unit of the folded text ends in the original text. */
  originEnd(index: number): number;
}

/** Zeros of the decimal scripts (Unicode category Nd): each block is ten code points long. */
const SCRIPT_ZEROS = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
  0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
  0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xaa50, 0xabf0, 0xff10, 0x104a0,
  0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1fbf0,
];

/** Letters of other scripts that look like ASCII and are used to hide a keyword. */
const CONFUSABLES = new Map<string, string>(
  Array.from('АВЕКМНОРСТУХЅІЈаеорсухѕіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧο', (letter) => letter).map(
    (letter, index) => [letter, 'ABEKMHOPCTYXSIJaeopcyxsijABEZHIKMNOPTYXo'.charAt(index)],
  ),
);

const SUPERSCRIPTS = new Map<string, string>(
  Array.from('⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉①②③④⑤⑥⑦⑧⑨⓪', (digit) => digit).map((digit, index) => [
    digit,
    '012345678901234567891234567890'.charAt(index),
  ]),
);

const WITHOUT_WIDTH = /^[\p{Cf}\p{Mn}\p{Me}]$/u;
const SPACE = /^[\p{Zs}]$/u;
const DASH = /^[\p{Pd}−⁃﹘]$/u;
const ASCII_END = 0x80;
const ASCII_ONLY = /^[\0-\x7f]*$/;

function decimalDigit(codePoint: number): string | null {
  for (const zero of SCRIPT_ZEROS) {
    if (codePoint >= zero && codePoint < zero + 10) return String(codePoint - zero);
  }
  return null;
}

/** Answers what stands for one character of the original: one unit, several, or nothing. */
function foldCharacter(character: string, codePoint: number): string {
  if (codePoint >= 0xff01 && codePoint <= 0xff5e) return String.fromCharCode(codePoint - 0xfee0);
  const digit = decimalDigit(codePoint) ?? SUPERSCRIPTS.get(character);
  if (digit !== undefined) return digit;
  if (WITHOUT_WIDTH.test(character)) return '';
  if (SPACE.test(character)) return ' ';
  if (DASH.test(character)) return '-';
  return CONFUSABLES.get(character) ?? character;
}

/** Lower case that keeps every unit in its place (a few letters would otherwise grow). */
function lowerInPlace(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length
    ? lower
    : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Folds a text in one pass. Never throws; lone surrogates stay as they are. */
export function foldText(original: string): FoldedText {
  if (ASCII_ONLY.test(original)) {
    const lower = original.toLowerCase();
    return { text: original, lower, originAt: (index) => index, originEnd: (index) => index + 1 };
  }
  const starts = new Uint32Array(original.length);
  const widths = new Uint8Array(original.length);
  let text = '';
  let kept = 0;
  let plainFrom = 0;
  for (let at = 0; at < original.length;) {
    if (original.charCodeAt(at) < ASCII_END) {
      starts[kept] = at;
      widths[kept] = 1;
      kept += 1;
      at += 1;
      continue;
    }
    const codePoint = original.codePointAt(at) ?? 0;
    const character = String.fromCodePoint(codePoint);
    const folded = foldCharacter(character, codePoint);
    text += original.slice(plainFrom, at) + folded;
    const unitWidth = folded.length === character.length ? 1 : character.length;
    for (let unit = 0; unit < folded.length; unit += 1) {
      starts[kept] = at + unit;
      widths[kept] = unitWidth;
      kept += 1;
    }
    at += character.length;
    plainFrom = at;
  }
  text += original.slice(plainFrom);
  return {
    text,
    lower: lowerInPlace(text),
    originAt: (index) => starts[index] ?? original.length,
    originEnd: (index) => (starts[index] ?? original.length) + (widths[index] ?? 0),
  };
}

import { foldText, type FoldedText } from './fold-text.js';

const MARKUP =
  /<\/?(?:a|b|i|u|em|strong|span|font|br|p|div|td|tr|th|li|ul|ol|table|tbody|code|pre|wbr|sup|sub|small|mark|blockquote|h[1-6])(?:\s[^<>]{0,300})?\/?>|&(?:#\d{2,7}|#x[\da-f]{2,6}|nbsp|ensp|emsp|thinsp|shy|zwj|zwnj|ndash|mdash|hyphen|minus|period|colon|commat|num);|=\r?\n|%(?:20|2d|3a|40|2b)/gi;
/** Most texts hold none of these: to tell costs less than to search. */
const MARKUP_BEGINS = /[<&=%]/;
const INLINE = /^<\/?(?:a|b|i|u|em|strong|span|font|wbr|sup|sub|small|mark|code)\b/i;
const NAMED: Readonly<Record<string, string>> = {
  shy: '', zwj: '', zwnj: '', ndash: '-', mdash: '-', hyphen: '-', minus: '-', period: '.',
  colon: ':', commat: '@', num: '#',
}; // prettier-ignore
const CODE_POINT_MAX = 0x10ffff;

/** What a reader sees in the place of a tag, an entity (HTML), a soft break (RFC 2045) or an escape (RFC 3986). */
function shown(mark: string): string {
  if (mark.startsWith('<')) return INLINE.test(mark) ? '' : ' ';
  if (mark.startsWith('=')) return '';
  if (mark.startsWith('%')) return String.fromCharCode(Number.parseInt(mark.slice(1), 16));
  const name = mark.slice(1, -1).toLowerCase();
  if (!name.startsWith('#')) return NAMED[name] ?? ' ';
  const hexadecimal = name.startsWith('#x');
  const point = Number.parseInt(name.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10);
  return point <= CODE_POINT_MAX ? String.fromCodePoint(point) : ' ';
}

/** A text as it is shown where it is written in HTML, quoted-printable or percent escapes; null where it is not. */
export function foldMarkup(original: string): FoldedText | null {
  if (!MARKUP_BEGINS.test(original)) return null;
  const starts: number[] = [];
  const ends: number[] = [];
  const pieces: string[] = [];
  let from = 0;
  const keep = (until: number): void => {
    pieces.push(original.slice(from, until));
    for (; from < until; from += 1) {
      starts.push(from);
      ends.push(from + 1);
    }
  };
  for (const { 0: mark, index } of original.matchAll(MARKUP)) {
    keep(index);
    const instead = shown(mark);
    pieces.push(instead);
    from = index + mark.length;
    for (let unit = 0; unit < instead.length; unit += 1) {
      starts.push(index);
      ends.push(from);
    }
  }
  if (from === 0) return null;
  keep(original.length);
  const inner = foldText(pieces.join(''));
  return {
    text: inner.text,
    lower: inner.lower,
    originAt: (index) => starts[inner.originAt(index)] ?? original.length,
    originEnd: (index) => ends[inner.originEnd(index) - 1] ?? original.length,
  };
}

const LOOKALIKE = /\d[OoIl]|[OoIl]\d/;
const DIGITS_AND_LOOKALIKES = /(?<![A-Za-z\d])[\dOoIl]{2,32}(?![A-Za-z\d])/g;

/** A text with the letters that pass for digits (`4OOO l234`) as digits; null where there are none. */
export function foldLookalikes(original: string): FoldedText | null {
  const plain = foldText(original);
  if (!LOOKALIKE.test(plain.text)) return null;
  const text = plain.text.replace(DIGITS_AND_LOOKALIKES, (run) =>
    run.replace(/[Oo]/g, '0').replace(/[Il]/g, '1'),
  );
  return {
    ...plain,
    text,
    lower: text.toLowerCase().length === text.length ? text.toLowerCase() : text,
  };
}

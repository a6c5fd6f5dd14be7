import type { Finding } from './redaction.js';
import type { Scan } from './scan.js';

/** Lengths by country (ISO 13616, IBAN registry). An unlisted country counts only where an IBAN is spoken of. */
const LENGTHS: Readonly<Record<string, number>> = {
  ad: 24, ae: 23, al: 28, at: 20, az: 28, ba: 20, be: 16, bg: 22, bh: 22, bi: 27, br: 29, by: 28,
  ch: 21, cr: 22, cy: 28, cz: 24, de: 22, dj: 27, dk: 18, do: 28, ee: 20, eg: 29, es: 24, fi: 18,
  fk: 18, fo: 18, fr: 27, gb: 22, ge: 22, gi: 23, gl: 18, gr: 27, gt: 28, hn: 28, hr: 21, hu: 28,
  ie: 22, il: 23, iq: 23, is: 26, it: 27, jo: 30, kw: 30, kz: 20, lb: 28, lc: 32, li: 21, lt: 20,
  lu: 20, lv: 21, ly: 25, mc: 27, md: 24, me: 22, mk: 19, mn: 20, mr: 27, mt: 31, mu: 30, ni: 28,
  nl: 18, no: 15, om: 23, pk: 24, pl: 28, ps: 29, pt: 25, qa: 29, ro: 24, rs: 22, ru: 33, sa: 24,
  sc: 31, sd: 18, se: 24, si: 19, sk: 24, sm: 27, so: 23, st: 25, sv: 28, tl: 23, tn: 24, tr: 26,
  ua: 29, va: 22, vg: 24, xk: 20, ye: 30,
}; // prettier-ignore
const LENGTH_MIN = 15;
const LENGTH_MAX = 34;
/** Marks and spaces allowed between two characters of one number. */
const GAP_MAX = 3;
const CONTEXT_CHARACTERS = 32;

/** ISO 7064 MOD 97-10 over the rearranged number, as ISO 13616-1 asks. */
export function passesMod97(iban: string): boolean {
  const rearranged = iban.slice(4) + iban.slice(0, 4);
  let remainder = 0;
  for (const character of rearranged) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Letters and digits from a place on, over short gaps, with the end of each. */
function collect(scan: Scan, start: number): { characters: string; ends: number[] } {
  let characters = '';
  const ends: number[] = [];
  let gap = 0;
  for (let index = start; characters.length < LENGTH_MAX + 1; index += 1) {
    const character = scan.character(index);
    if (character === '' || gap > GAP_MAX) break;
    if (/[a-z\d]/i.test(character)) {
      characters += character.toLowerCase();
      ends.push(index + 1);
      gap = 0;
    } else if (/[\s\-./_:*]/.test(character)) {
      gap += 1;
    } else {
      break;
    }
  }
  return { characters, ends };
}

function ibanAt(scan: Scan, start: number): Finding | null {
  const { characters, ends } = collect(scan, start);
  const known = LENGTHS[characters.slice(0, 2)];
  if (known === undefined && !/iban/.test(scan.lowerText(start - CONTEXT_CHARACTERS, start))) {
    return null;
  }
  const shortest = known ?? LENGTH_MIN;
  const longest = Math.min(known ?? LENGTH_MAX, characters.length);
  for (let length = longest; length >= shortest; length -= 1) {
    const end = ends[length - 1] ?? 0;
    if (/[a-z\d]/i.test(scan.character(end)) || !passesMod97(characters.slice(0, length))) continue;
    return { kind: 'iban', start, end };
  }
  return null;
}

/** Finds international bank account numbers whose check digits are right, in any grouping. */
export function findIbans(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (let index = 0; index < scan.length; index += 1) {
    const word = scan.at(index);
    if (word.kind !== 'word') continue;
    const letters = scan.lower(word);
    const glued = letters.startsWith('iban') && letters.length === 6;
    if (letters.length !== 2 && !glued) continue;
    if (!/^\d\d$/.test(digitsAfter(scan, word.end))) continue;
    const finding = ibanAt(scan, word.end - 2);
    if (finding !== null) found.push(finding);
  }
  return found;
}

function digitsAfter(scan: Scan, index: number): string {
  return scan
    .lowerText(index, index + GAP_MAX + 2)
    .replace(/[\s\-./_:*]/g, '')
    .slice(0, 2);
}

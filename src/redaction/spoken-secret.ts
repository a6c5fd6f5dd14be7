import type { Finding, RedactionKind } from './redaction.js';
import { touchesWord, type Scan, type Token } from './scan.js';

/** Tokens between the word that names a secret and the secret. */
const BRIDGE_TOKENS_MAX = 22;
const BRIDGE_WORDS_MAX = 9;
const BACKWARD_TOKENS_MAX = 10;
const PASSWORD_CHARACTERS_MAX = 128;

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** One family of secrets: what names it, which words may stand between, how many digits it has. */
interface Family {
  readonly kind: RedactionKind;
  readonly cues: readonly (readonly string[])[];
  readonly bridge: ReadonlySet<string>;
  readonly digits: readonly [number, number];
}

const cues = (list: string): string[][] => list.split('|').map((cue) => cue.trim().split(' '));

const COPULA =
  'is was would are it its s be as equals reads says shows ist war es est era lautet der die el la le the my your our number no nr num code value to';
const FAMILIES: readonly Family[] = [
  {
    kind: 'cvv',
    cues: cues(
      'cvv|cvv 2|c v v|c v c|cvc|cvc 2|cv 2|cid|csc|cvn|cav 2|card security code|card verification|security code|card code|three digit code|3 digit code|4 digit code|verification value|three digits|three numbers|3 digits on the back|3 numbers on the back|código de seguridad|codigo de seguridad|prüfziffer|prüfnummer|kartenprüfnummer|sicherheitscode|cryptogramme',
    ),
    bridge: words(
      `${COPULA} on of back front side card signature strip digits digit and with from i think believe hinten rückseite auf detrás atrás dos au verso three four exp expiry expires then`,
    ),
    digits: [3, 4],
  },
  {
    kind: 'pin',
    cues: cues('pin|pin code|pin number|pincode|atm code|nip|geheimzahl|clave del cajero|code pin'),
    bridge: words(
      `${COPULA} for card debit credit atm new old current set changed used use using entered typed tried which think secret`,
    ),
    digits: [4, 12],
  },
  {
    kind: 'one-time-code',
    cues: cues(
      'otp|one time code|one time password|one time passcode|one time pin|verification code|security code|authentication code|auth code|authenticator code|login code|sms code|text code|access code|confirmation code you sent|2 fa|2 fa code|mfa code|passcode|código de verificación|codigo de verificacion|código|bestätigungscode|einmalcode|code de vérification|code reçu|tan|code',
    ),
    bridge: words(
      `${COPULA} i got received you sent me here texted just came in by sms text for from entered typed below following this that which arrived`,
    ),
    digits: [4, 10],
  },
  {
    kind: 'ssn',
    cues: cues(
      'ssn|ssn number|social|social security|social security number|soc sec|itin|tin|taxpayer id|tax id|taxpayer identification number|last 4 of my ssn|last four of my ssn|last 4 of my social|last four of my social|last four of social|last 4 ssn|last four ssn',
    ),
    bridge: words(
      `${COPULA} for security id identification last four digits full have on file think`,
    ),
    digits: [9, 9],
  },
];

/** "error code 123456", "sort code 20-00-00": codes that are no secret. */
const HARMLESS_CODE = words(
  'error promo promotion zip post postal sort swift bank country area status reason merchant coupon discount product qr bar dress branch routing reference tracking order response result voucher referral gift category decline bic dial dialing http exit store location item style color colour booking',
);
const UNITS =
  /^\s?(?:%|(?:st|nd|rd|th|usd|eur|gbp|dollars?|euros?|pounds?|bucks|times?|days?|weeks?|months?|years?|hours?|minutes?|mins?|digits?|numbers?|people|characters?|attempts?|tries|cents|am|pm|or|to)\b|[.,]\d)/;
const CURRENCY_BEFORE = /(?:[$€£¥]|usd|eur|gbp)\s?$/;
const NUMBER_WORDS = words(
  'zero oh one two three four five six seven eight nine cero uno dos tres cuatro cinco seis siete ocho nueve null eins zwei drei vier fünf sechs sieben acht neun',
);

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Tries a cue at a token: all its words, with spaces, hyphens or nothing between. Answers the index after it. */
function matchCue(scan: Scan, index: number, cue: readonly string[]): number | null {
  let at = index;
  for (const [position, part] of cue.entries()) {
    if (position > 0 && /^[\s\-_.']+$/.test(scan.lower(scan.at(at)))) at += 1;
    if (scan.lower(scan.at(at)) !== part) return null;
    at += 1;
  }
  return at;
}

/** Cues by their first word: a token that begins none costs one look. */
const CUES_BY_WORD: ReadonlyMap<string, readonly [Family, readonly string[]][]> = Map.groupBy(
  FAMILIES.flatMap((family) =>
    family.cues.map((cue): [Family, readonly string[]] => [family, cue]),
  ),
  ([, cue]) => cue[0] ?? '',
);

/** The families that a token names, each with the index after its longest cue. */
function familiesAt(scan: Scan, index: number): ReadonlyMap<Family, number> {
  const named = new Map<Family, number>();
  for (const [family, cue] of CUES_BY_WORD.get(scan.lower(scan.at(index))) ?? []) {
    const after = matchCue(scan, index, cue);
    if (after !== null && after > (named.get(family) ?? 0)) named.set(family, after);
  }
  return named;
}

const JOINER = /^[\s\-.·_/]{1,3}$/;

/** Digits from a token on, over single joiners: `123`, `1 2 3`, `123-456`. */
function digitsFrom(
  scan: Scan,
  index: number,
  [least, most]: readonly [number, number],
): Span | null {
  const first = scan.at(index);
  let total = 0;
  let end = first.start;
  for (let at = index; at < index + 2 * most; at += 2) {
    const token = scan.at(at);
    const size = token.end - token.start;
    if (token.kind !== 'digits' || total + size > most) break;
    total += size;
    end = token.end;
    if (!JOINER.test(scan.lower(scan.at(at + 1))) || (total >= least && size !== 1 && total !== 3))
      break;
  }
  const isWhole = total >= least && !/^\d/.test(scan.text(end, end + 1));
  return isWhole && !isQuantity(scan, first.start, end) ? { start: first.start, end } : null;
}

function isQuantity(scan: Scan, start: number, end: number): boolean {
  return (
    CURRENCY_BEFORE.test(scan.lowerText(start - 5, start)) ||
    UNITS.test(scan.lowerText(end, end + 12))
  );
}

function spelledFrom(
  scan: Scan,
  index: number,
  [least, most]: readonly [number, number],
): Span | null {
  let count = 0;
  let end = 0;
  for (let at = index; count < most; at += 2) {
    const token = scan.at(at);
    if (token.kind !== 'word' || !NUMBER_WORDS.has(scan.lower(token))) break;
    count += 1;
    end = token.end;
    if (!/^[\s\-,]+$/.test(scan.lower(scan.at(at + 1)))) break;
  }
  return count >= least ? { start: scan.at(index).start, end } : null;
}

function valueAfter(scan: Scan, from: number, family: Family): Span | null {
  let bridged = 0;
  for (let index = from; index < from + BRIDGE_TOKENS_MAX; index += 1) {
    const token = scan.at(index);
    if (token.kind === 'digits') {
      const value = digitsFrom(scan, index, family.digits);
      if (value !== null || token.end - token.start > 1) return value;
    } else if (token.kind === 'word') {
      const spelled = spelledFrom(scan, index, family.digits);
      if (spelled !== null) return spelled;
      bridged += 1;
      if (bridged > BRIDGE_WORDS_MAX || !family.bridge.has(scan.lower(token))) return null;
    } else if (
      token.kind === 'end' ||
      /^[!?€£$@]$/.test(scan.lower(token)) ||
      endsSentence(scan, index)
    ) {
      return null;
    }
  }
  return null;
}

/** A full stop before a space; the one of an abbreviation ("c.v.v.") ends nothing. */
function endsSentence(scan: Scan, index: number): boolean {
  const before = scan.at(index - 1);
  if (before.kind === 'word' && before.end - before.start === 1) return false;
  return scan.lower(scan.at(index)) === '.' && scan.at(index + 1).kind === 'space';
}

const BACKWARD_BRIDGE = words(
  'is was are s my the your our card as for a number code it security verification ist mein meine der es mi el la est mon',
);

/** "123 is my cvv": from the naming word back over a copula to the digits. */
function valueBefore(scan: Scan, from: number, family: Family): Span | null {
  let sawCopula = false;
  for (let index = from - 1; index >= from - BACKWARD_TOKENS_MAX && index >= 0; index -= 1) {
    const token = scan.at(index);
    if (token.kind === 'digits') {
      if (!sawCopula || token.end - token.start < family.digits[0]) return null;
      return digitsFrom(scan, index, family.digits);
    }
    if (token.kind === 'word') {
      const word = scan.lower(token);
      if (!BACKWARD_BRIDGE.has(word)) return null;
      sawCopula ||= /^(?:is|was|are|s|ist|es|est|as)$/.test(word);
    } else if (/^[.!?$€£]$/.test(scan.lower(token))) {
      return null;
    } else {
      sawCopula ||= /^[=(]$/.test(scan.lower(token));
    }
  }
  return null;
}

function wordBefore(scan: Scan, index: number): string {
  const gap = scan.at(index - 1);
  return gap.kind === 'space' || scan.lower(gap) === '-' ? scan.lower(scan.at(index - 2)) : '';
}

function isHarmless(scan: Scan, index: number, after: number): boolean {
  const named = scan.lower(scan.at(after - 1));
  return named === 'code' && HARMLESS_CODE.has(wordBefore(scan, index));
}

/** A lone "code" names a secret only before six digits; "social" and the like may also name the last four. */
function fits(family: Family, cueText: string, written: string): boolean {
  const digits = written.replace(/\D/g, '');
  if (/^(?:code|código|tan)$/.test(cueText)) return digits.length === 6;
  return family.kind !== 'cvv' || digits.length <= 4;
}

function findFamily(
  scan: Scan,
  index: number,
  [family, after]: readonly [Family, number],
): Finding | null {
  if (touchesWord(scan, scan.at(index).start - 1)) return null;
  if (isHarmless(scan, index, after)) return null;
  const cueText = scan.lowerText(scan.at(index).start, scan.at(after - 1).end);
  const lastFour = family.kind === 'ssn' && cueText.startsWith('last');
  const sought: Family = lastFour ? { ...family, digits: [4, 4] } : family;
  const value = valueAfter(scan, after, sought) ?? valueBefore(scan, index, sought);
  if (value === null || !fits(family, cueText, scan.text(value.start, value.end))) return null;
  const taxpayer = family.kind === 'ssn' && /^9/.test(scan.text(value.start, value.end));
  return { kind: taxpayer ? 'itin' : family.kind, ...value };
}

const PASSWORD_CUES = words(
  'password passwords passwort kennwort passphrase passwd pwd contraseña contrasena passcode kodewort motdepasse clave mdp pw',
);
const PASSWORD_COPULA = words('is was es ist est are lautet war era become');
/** What people say about a password that is not one. */
const ABOUT_A_PASSWORD = words(
  'not wrong incorrect expired expiring locked blocked reset working broken forgotten invalid correct right lost compromised the a an my too very still never always being no stuck weak strong safe secure secret now gone different same old new changed unknown required needed rejected refused unsafe fine okay hacked leaked stolen exposed known shared missing saved stored used good bad long short out on in to at for from with what how when why where that this it all so just also only really supposed protected accepted good case sensitive falsch abgelaufen gesperrt nicht incorrecta incorrecto caducada bloqueada',
);

function passwordValue(scan: Scan, cue: Token, cueIndex: number): Span | null {
  let index = cueIndex + 1;
  let told: 'sign' | 'copula' | null = null;
  for (; index < cueIndex + 9; index += 1) {
    const token = scan.at(index);
    const text = scan.lower(token);
    if (token.kind === 'space' || /^["'`(]$/.test(text)) continue;
    if (/^[:=]$/.test(text)) told = 'sign';
    else if (told === null && PASSWORD_COPULA.has(text)) told = 'copula';
    else break;
  }
  const start = scan.at(index).start;
  if (told === null || start <= cue.end - 1) return null;
  const raw = /^[^\s"'`]{1,128}/.exec(scan.text(start, start + PASSWORD_CHARACTERS_MAX))?.[0] ?? '';
  scan.steps += raw.length;
  const value = raw.replace(/[.,;!?)]{1,8}$/, (tail) => (tail.startsWith('!') ? '!' : ''));
  return isPassword(value, told) ? { start, end: start + raw.length } : null;
}

function isPassword(value: string, told: 'sign' | 'copula'): boolean {
  const head = (value.split(/[.,;?!]/, 1)[0] ?? '').toLowerCase();
  if (value.length < 4 || /^[.,;?!)]/.test(value) || ABOUT_A_PASSWORD.has(head)) return false;
  return told === 'sign' || !/^[a-z]+(?:ed|ing)$/.test(head);
}

/** A code straight after a card number, with or without its expiry date between: `… 1234 12/27 123`. */
const AFTER_CARD =
  /^[\s,;/|:-]{1,4}(?:exp(?:iry|ires|\.)?[\s:]{0,3})?(?:(?:0?[1-9]|1[0-2])\s?[/\-. ]?\s?(?:20)?\d\d[\s,;/|:-]{1,4}(\d{3,4})(?![\d.,]*\d)|(\d{3,4})(?=\s{0,4}(?:$|[\n.;])))/;

function codeAfterCard(scan: Scan, card: Finding): Finding | null {
  const match = AFTER_CARD.exec(scan.lowerText(card.end, card.end + 40));
  const code = match?.[1] ?? match?.[2];
  if (match === null || code === undefined) return null;
  const start = card.end + match[0].lastIndexOf(code);
  return { kind: 'cvv', start, end: start + code.length };
}

/** Finds what is secret only because of the words around it: CVV, PIN, one-time codes, passwords, bare SSNs. */
export function findSpokenSecrets(scan: Scan, cards: readonly Finding[]): Finding[] {
  const found: Finding[] = [];
  for (const card of cards) {
    const code = codeAfterCard(scan, card);
    if (code !== null) found.push(code);
  }
  for (let index = 0; index < scan.length; index += 1) {
    const token = scan.at(index);
    if (token.kind !== 'word' && token.kind !== 'digits') continue;
    if (token.kind === 'word' && PASSWORD_CUES.has(scan.lower(token))) {
      const value = passwordValue(scan, token, index);
      if (value !== null) found.push({ kind: 'password', ...value });
    }
    for (const named of familiesAt(scan, index)) {
      const finding = findFamily(scan, index, named);
      if (finding !== null) found.push(finding);
    }
  }
  return found;
}

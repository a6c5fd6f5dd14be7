import type { Finding } from './redaction.js';
import type { Scan } from './scan.js';

const CONTEXT_CHARACTERS = 80;
const PEM_BEGIN = /-----begin [a-z\d ]{0,40}private key(?: block)?-----/g;
const PEM_END = /-----end [a-z\d ]{0,40}private key(?: block)?-----/g;
const BASE58 = '[1-9A-HJ-NP-Za-km-z]';
const WALLET_KEY = new RegExp(
  `^(?:[5KLc9]${BASE58}{50,51}|[xyztuv]prv${BASE58}{100,112}|6P${BASE58}{56})$`,
);
const OTHER_SECRET_KEY = /^(?:nsec1[02-9ac-hj-np-z]{58}|age-secret-key-1[a-z\d]{58})$/i;
const HEX_KEY = /^(?:0x)?[\da-f]{64}$/i;
const SECRET_CONTEXT = /priv|secret|wallet|signing|\bkeys?\b|seed|clave|schl[uü]ssel/;
const DIGEST_CONTEXT = /hash|\btx|sha-?\d|digest|checksum|block|receipt|root|commit|leaf/;

const TOKENS = [
  /^eyj[\w-]{6,}\.[\w-]{4,}\.[\w-]*$/i,
  /^(?:sk|pk|rk|whsec)_(?:live_|test_)?[a-z\d]{12,}$/i,
  /^sk-(?:[a-z]+-)?[\w-]{20,}$/i,
  /^gh[pousr]_[a-z\d]{20,}$/i,
  /^github_pat_\w{20,}$/i,
  /^glpat-[\w-]{18,}$/i,
  /^xox[abposr]-[\w-]{10,}$/i,
  /^(?:AKIA|ASIA)[A-Z\d]{16}$/,
  /^AIza[\w-]{30,}$/,
  /^npm_[a-z\d]{30,}$/i,
  /^ya29\.[\w-]{20,}$/,
  /^SG\.[\w-]{16,}\.[\w-]{16,}$/,
];
const AFTER_BEARER = /^[\w\-.~+/=]{16,}$/;
const BEARER_BEFORE =
  /\b(?:bearer|token|api[ _-]?key|access[ _-]?key|secret)["']?\s{0,4}[:=]?\s{0,4}["']?$/;

/** A run of characters that keys, addresses and tokens are made of. */
interface Lexeme {
  readonly start: number;
  readonly end: number;
}

const LEXEME = /[\w\-.+/=~]+/g;
/** Shorter runs cannot be a key; a longer one than this is judged by its head. */
const LEXEME_MIN = 16;
const LEXEME_MAX = 8192;

function lexemes(scan: Scan): Lexeme[] {
  const found: Lexeme[] = [];
  for (const match of scan.folded.text.matchAll(LEXEME)) {
    scan.steps += match[0].length;
    if (match[0].length < LEXEME_MIN) continue;
    const trimmed = match[0].replace(/^[-.=/+~]{1,64}/, '');
    const start = match.index + match[0].length - trimmed.length;
    found.push({ start, end: start + trimmedEnd(trimmed) });
  }
  return found;
}

function trimmedEnd(text: string): number {
  let end = text.length;
  while (end > 0 && '.-~'.includes(text.charAt(end - 1))) end -= 1;
  return end;
}

/** The part after the last `=` or `:`-like sign: `key=abc…` names the key in the same run. */
function valuePart({ start, end }: Lexeme, scan: Scan): Lexeme {
  const sign = scan.text(start, Math.min(end, start + 40)).search(/=[^=]/);
  return sign > 0 ? { start: start + sign + 1, end } : { start, end };
}

function contextBefore(scan: Scan, start: number): string {
  return scan.lowerText(start - CONTEXT_CHARACTERS, start);
}

function isHexKey(scan: Scan, { start, end }: Lexeme, text: string): boolean {
  if (!HEX_KEY.test(text)) return false;
  const around = contextBefore(scan, start) + ' ' + scan.lowerText(end, end + CONTEXT_CHARACTERS);
  return (
    /priv|secret/.test(around) || (SECRET_CONTEXT.test(around) && !DIGEST_CONTEXT.test(around))
  );
}

function judge(scan: Scan, lexeme: Lexeme): Finding | null {
  const { start, end } = valuePart(lexeme, scan);
  const text = scan.text(start, Math.min(end, start + LEXEME_MAX));
  scan.steps += text.length;
  if (
    WALLET_KEY.test(text) ||
    OTHER_SECRET_KEY.test(text) ||
    isHexKey(scan, { start, end }, text)
  ) {
    return { kind: 'private-key', start, end };
  }
  const known = TOKENS.some((token) => token.test(text));
  const borne =
    AFTER_BEARER.test(text) && /\d/.test(text) && BEARER_BEFORE.test(contextBefore(scan, start));
  return known || borne ? { kind: 'access-token', start, end } : null;
}

/** RFC 7468 key blocks; one without its end line is taken to the end of the text. */
function findPemBlocks(scan: Scan): Finding[] {
  const { lower } = scan.folded;
  const found: Finding[] = [];
  let from = 0;
  for (const begin of lower.matchAll(PEM_BEGIN)) {
    if (begin.index < from) continue;
    PEM_END.lastIndex = begin.index;
    const end = PEM_END.exec(lower);
    from = end === null ? lower.length : end.index + end[0].length;
    scan.steps += from - begin.index;
    found.push({ kind: 'private-key', start: begin.index, end: from });
  }
  return found;
}

/** Finds private keys (PEM, wallet formats, 64 hexadecimal digits where a key is spoken of) and access tokens. */
export function findKeyMaterial(scan: Scan): Finding[] {
  const found = findPemBlocks(scan);
  for (const lexeme of lexemes(scan)) {
    const finding = judge(scan, lexeme);
    if (finding !== null) found.push(finding);
  }
  return found;
}

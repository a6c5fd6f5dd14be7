import { platformProblems } from '../platform.problems.js';

/** Nesting beyond this is refused before anything recurses into it. */
export const jsonDepthMax = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Parses a request body as I-JSON (RFC 7493): UTF-8 that is not repaired, member names that do not
 * repeat, strings that are Unicode text, nesting at most {@link jsonDepthMax}.
 *
 * @throws Problem `input.malformed`, which never quotes the body.
 */
export function parseJsonBody(body: Buffer): unknown {
  const text = decodeUtf8(body);
  assertShape(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('The body is not JSON.');
  }
  // Only an escape can hold what UTF-8 itself cannot: half a surrogate pair, or U+0000.
  if (text.includes('\\u')) assertText(value);
  return value;
}

function decodeUtf8(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw malformed('The body is not UTF-8 text.');
  }
}

/**
 * One pass over the text, without recursion: depth, and names that repeat within an object
 * (RFC 8259 §4 leaves their meaning open, so two readers could differ). `__proto__` is nobody's name.
 */
function assertShape(text: string): void {
  /** Names seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let nameExpected = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      const end = endOfString(text, at);
      const names = open.at(-1);
      if (nameExpected && names) addName(names, text.slice(at, end + 1));
      at = end;
    } else if (character === openBrace || character === openBracket) {
      if (open.length >= jsonDepthMax) throw malformed('The body is nested too deeply.');
      open.push(character === openBrace ? new Set() : null);
    } else if (character === closeBrace || character === closeBracket) {
      open.pop();
    }
    if (character === openBrace || character === comma) nameExpected = open.at(-1) instanceof Set;
    else if (character === colon) nameExpected = false;
  }
}

/** Index of the closing quote, or of the end where there is none; the parser will say so. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === backslash) at += 1;
    else if (character === quote) return at;
  }
  return text.length;
}

function addName(names: Set<string>, literal: string): void {
  let name: unknown;
  try {
    name = literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1);
  } catch {
    throw malformed('The body is not JSON.');
  }
  if (name === '__proto__') throw malformed('The body holds a member name that is not taken.');
  if (names.has(String(name))) throw malformed('The body holds a member name twice.');
  names.add(String(name));
}

function assertText(value: unknown): void {
  if (typeof value === 'string') {
    if (!isStorableText(value)) throw malformed('The body holds a string that is not text.');
  } else if (Array.isArray(value)) {
    value.forEach(assertText);
  } else if (typeof value === 'object' && value !== null) {
    Object.entries(value).forEach(assertText);
  }
}

/** Whether a string is Unicode text without U+0000, which PostgreSQL's `text` cannot hold. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

function malformed(detail: string): Error {
  return platformProblems['input.malformed']({ detail });
}

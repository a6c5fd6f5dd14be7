import { platformProblems } from '../platform.problems.js';
import { isStorableText } from './json-body.js';

const parametersMax = 50;

/**
 * Parses a query string strictly: percent-encoded UTF-8, each name once (two readers could pick
 * different ones of two).
 *
 * @throws Problem `input.malformed` for broken encoding, `input.invalid` for a repeated name.
 */
export function parseQuery(text: string): Record<string, string> {
  const values = new Map<string, string>();
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > parametersMax) {
    throw platformProblems['input.too_large']({ detail: 'Too many parameters.' });
  }
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (name === '__proto__') {
      throw platformProblems['input.malformed']({
        detail: 'A parameter has a name that is not taken.',
      });
    }
    if (values.has(name)) {
      throw platformProblems['input.invalid']({
        detail: 'A parameter is given twice.',
        errors: [{ pointer: '', detail: 'each parameter may be given once' }],
      });
    }
    values.set(name, decode(equals < 0 ? '' : pair.slice(equals + 1)));
  }
  // Without a prototype, `__proto__` is a name like any other.
  return Object.assign(Object.create(null) as object, Object.fromEntries(values));
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    if (isStorableText(decoded)) return decoded;
  } catch {
    // Falls through: one answer for every broken encoding.
  }
  throw platformProblems['input.malformed']({ detail: 'A parameter is not UTF-8 text.' });
}

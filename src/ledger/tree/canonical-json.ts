/** Thrown for a value that has no canonical form. */
export class CanonicalJsonError extends Error {
  override readonly name = 'CanonicalJsonError';
}

const depthMax = 64;

/**
 * Writes a value as the one JSON text that RFC 8785 gives it: members sorted by UTF-16 code units
 * (§3.2.3), numbers and strings as ECMAScript writes them (§3.2.2), no white space. Members that are
 * `undefined` are left out, as in `JSON.stringify`.
 *
 * @throws CanonicalJsonError for what I-JSON (RFC 7493 §2) cannot carry: lone surrogates, infinities,
 *   bigints, functions, and nesting deeper than 64 or in a circle.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      // §3.2.2.3: ECMAScript's Number::toString; JSON.stringify would hide an infinity as null.
      if (!Number.isFinite(value)) throw new CanonicalJsonError(`${value} is no JSON number`);
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeContainer(value, depth + 1);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw new CanonicalJsonError(`A ${typeof value} is no JSON value`);
  }
}

/** Nothing to escape in it: nearly every text of an event. */
const plainText = /^[ !#-[\]-~]*$/;

function writeString(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new CanonicalJsonError('A lone surrogate is no character');
  return JSON.stringify(text);
}

function writeContainer(value: object, depth: number): string {
  if (depth > depthMax) throw new CanonicalJsonError(`Nested deeper than ${depthMax}`);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth)).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CanonicalJsonError('Only plain objects have a canonical form');
  }
  let members = '';
  for (const name of sorted(Object.keys(value))) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${writeString(name)}:${write(member, depth)}`;
  }
  return `{${members}}`;
}

/** To see that names are sorted, as they mostly are, costs less than to sort them. */
function sorted(names: string[]): string[] {
  const isSorted = names.every((name, place) => place === 0 || (names[place - 1] ?? '') < name);
  return isSorted ? names : names.sort();
}

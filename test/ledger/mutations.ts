import fc from 'fast-check';

/** Texts that parsers trip over, wherever they stand. */
const pieces = [
  ...['\u0000', '\r', '\n', '\n\n', '\t', ' ', '\u2028', '\ufeff', '\ud800', '\u00ff'],
  ...['=', '+', '/', '.', '..', '— ', '"', '{', '}', '[', ']', '\\', ',', '__proto__'],
  ...['A'.repeat(1_000), '\n'.repeat(200), '— a AAAAAAA=\n', '--from', '--key', '-'],
];

const numbers = ['-0', '-1', '00', '01', '0.5', '1e3', '1e400', 'NaN', '9007199254740993', ''];

/** JSON values that no member expects; the objects have no text of their own. */
const jsonValues = [
  ...['null', 'true', '0', '-0', '-1', '0.5', '1e400', '9007199254740993'],
  ...['""', '"x"', '"AA=="', '"\\ud800"', '"\\u0000\\n"', '"__proto__"'],
  ...['[]', '[null]', '["x"]', '{}', '{"toString":1,"valueOf":1}', '{"length":-1}'],
  ...['{"__proto__":null}', '['.repeat(9_000) + ']'.repeat(9_000)],
];

/** A text that is valid but for a few changes: to its characters, lines, numbers, or JSON values. */
export function mutationsOf(valid: string): fc.Arbitrary<string> {
  const edits = fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((all) => all.reduce((text, change) => change(text), valid));
  const document = documentIn(valid);
  return document === null ? edits : fc.oneof({ weight: 2, arbitrary: jsonOf(document) }, edits);
}

type Edit = (text: string) => string;

const edit: fc.Arbitrary<Edit> = fc
  .record({
    change: fc.constantFrom(flip, insert, remove, truncate, repeatLine, dropLine, setNumber),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 40 }),
    piece: fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 8 })),
    number: fc.constantFrom(...numbers),
  })
  .map(
    ({ change, ...where }) =>
      (text) =>
        change(text, where),
  );

interface Where {
  readonly at: number;
  readonly length: number;
  readonly piece: string;
  readonly number: string;
}

function flip(text: string, { at, length }: Where): string {
  const place = at % (text.length || 1);
  const code = text.charCodeAt(place) ^ (1 << (length % 8));
  return text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
}

function insert(text: string, { at, piece }: Where): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + piece + text.slice(place);
}

function remove(text: string, { at, length }: Where): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + text.slice(place + length);
}

function truncate(text: string, { at }: Where): string {
  return text.slice(0, at % (text.length + 1));
}

function repeatLine(text: string, { at }: Where): string {
  const lines = text.split('\n');
  const place = at % lines.length;
  return lines.toSpliced(place, 0, lines[place] ?? '').join('\n');
}

function dropLine(text: string, { at }: Where): string {
  const lines = text.split('\n');
  return lines.toSpliced(at % lines.length, 1).join('\n');
}

function setNumber(text: string, { at, number }: Where): string {
  const found = [...text.matchAll(/\d+/g)];
  const match = found[at % (found.length || 1)];
  if (!match) return text;
  return text.slice(0, match.index) + number + text.slice(match.index + match[0].length);
}

type Container = Record<string, unknown>;

function documentIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** The document with some of its values, at any depth, replaced or left out. */
function jsonOf(document: object): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(),
    raw: fc.option(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...jsonValues) },
        fc.jsonValue().map((value) => JSON.stringify(value)),
      ),
    ),
  });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = structuredClone(document);
    const raws = new Map<string, string>();
    for (const { at, raw } of changes) {
      const places = placesIn(copy);
      const [holder, name] = places[at % (places.length || 1)] ?? [{}, ''];
      const marker = `marker ${raws.size}`;
      if (raw === null) Reflect.deleteProperty(holder, name);
      else holder[name] = marker;
      raws.set(JSON.stringify(marker), raw ?? '');
    }
    // Raw texts, as `JSON.stringify` writes neither -0 nor a number beyond all bounds.
    return JSON.stringify(copy).replace(/"marker \d"/g, (marker) => raws.get(marker) ?? '');
  });
}

function placesIn(value: object): [Container, string][] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => [
    [value as Container, name] as [Container, string],
    ...(typeof member === 'object' && member !== null ? placesIn(member) : []),
  ]);
}

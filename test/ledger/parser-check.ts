import fc from 'fast-check';

import { mutationsOf } from './mutations.js';

type ErrorClass = abstract new (...args: never[]) => Error;

/** A parser of what anybody may have written, and what it promises. */
export type Parser = readonly [
  name: string,
  parse: (input: string) => unknown,
  /** All that it may throw; none where it answers null, or a report, whatever it is given. */
  errors: readonly ErrorClass[],
  valid: string,
  /** Writes again what was read. */
  format?: (value: never) => string,
];

/** A parser of bytes: each is a character, as in `latin1`. */
export function ofBytes(parse: (bytes: Buffer) => unknown): Parser[1] {
  return (input) => (/^[\0-\xff]*$/.test(input) ? parse(Buffer.from(input, 'latin1')) : null);
}

/** A parser of a value out of JSON; a text that is none never comes to it. */
export function ofJson(parse: (value: unknown) => unknown): Parser[1] {
  return (input) => {
    let value: unknown;
    try {
      value = JSON.parse(input);
    } catch {
      return null;
    }
    return parse(value);
  };
}

/** Gives the parser noise, and what is nearly valid. */
export async function checkErrors(parser: Parser, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(inputsOf(parser), async (input) => {
      await read(parser, input);
    }),
    { numRuns },
  );
}

/**
 * Writes again whatever the parser accepts. A format of our own has one form, and it is that; JSON may
 * be spaced and ordered in many ways, and what is written reads as the same value.
 */
export async function checkForm(parser: Parser, numRuns: number): Promise<void> {
  const [, parse, , valid, format] = parser;
  const write = format as (value: unknown) => string;
  await fc.assert(
    fc.asyncProperty(inputsOf(parser), async (input) => {
      const value = await read(parser, input);
      if (value === null) return;
      if (valid.startsWith('{')) expect(await parse(write(value))).toEqual(value);
      else expect(write(value)).toBe(input);
    }),
    { numRuns, examples: [[valid]] },
  );
}

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));

function inputsOf([, , , valid]: Parser): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: byte, maxLength: 200 }),
    { weight: 8, arbitrary: mutationsOf(valid) },
  );
}

/** Null where it is refused as it may be; any other error is the caller's. */
async function read([, parse, errors]: Parser, input: string): Promise<unknown> {
  try {
    return (await parse(input)) ?? null;
  } catch (error) {
    if (errors.some((own) => error instanceof own)) return null;
    throw error;
  }
}

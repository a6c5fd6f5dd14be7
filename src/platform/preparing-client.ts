import type { Client } from 'pg';

import { LosableClient } from './losable-client.js';

/** Beyond it texts are planned anew each time: somebody composes statements, and would fill the server's memory. */
const preparedMax = 500;
const names = new Map<string, string>();

class Preparing extends LosableClient {
  // The driver's many overloads are those of the exported type; here only a text with values matters.
  override query(...args: never[]): never {
    const [text, values, ...rest] = args as readonly unknown[];
    const name =
      typeof text === 'string' && Array.isArray(values) && values.length > 0 ? nameOf(text) : null;
    const asked = name === null ? args : [{ name, text, values }, ...rest];
    return super.query(...(asked as [string])) as never;
  }
}

/**
 * A connection whose statements with parameters are planned once and kept under a name: their texts
 * are literals of the code, and few. TypeORM names none, and PostgreSQL parses and plans each anew.
 */
export const PreparingClient: typeof Client = Preparing;

function nameOf(text: string): string | null {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= preparedMax) return null;
  const name = `kept-${names.size}`;
  names.set(text, name);
  return name;
}

import { StandardSchemaValidationPipe } from '@nestjs/common';

import { platformProblems } from '../platform.problems.js';
import type { InputError, Problem } from '../problem.js';

const errorsMax = 50;
const detailCharactersMax = 200;

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** zod's own members, beyond the standard. */
  readonly code?: string;
  readonly keys?: readonly string[];
}

/** Checks bodies, queries and parameters against the schema of their decorator (`@Body({ schema })`). */
export function createInputPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: inputInvalid });
}

/** `input.invalid` with one error per place (RFC 6901 pointers; the root is the empty string). */
export function inputInvalid(issues: readonly Issue[]): Problem {
  return platformProblems['input.invalid']({
    errors: issues.flatMap(errorsOf).slice(0, errorsMax),
  });
}

function errorsOf(issue: Issue): readonly InputError[] {
  const pointer = formatPointer((issue.path ?? []).map(keyOf));
  // zod's own sentence would quote the names as they were sent, and they may hold anything.
  if (issue.code === 'unrecognized_keys')
    return [{ pointer, detail: 'holds a member that is not known' }];
  return [{ pointer, detail: issue.message.slice(0, detailCharactersMax) }];
}

function keyOf(segment: PropertyKey | { readonly key: PropertyKey }): PropertyKey {
  return typeof segment === 'object' ? segment.key : segment;
}

function formatPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

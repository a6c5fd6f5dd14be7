import { accessExtension } from './access.js';
import { countsForAccount } from './account-limit.js';
import { headersExtension, problemsExtension } from './api-route.js';
import { problemResponses } from './openapi-problem.js';
import { idempotencyExtension } from './idempotency.js';
import { limitExtension } from './origin-limits.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly [member: string]: unknown;
}

/** An operation of the document while it is completed. */
export interface Operation {
  summary?: string;
  parameters?: Parameter[];
  requestBody?: unknown;
  responses: Record<string, Record<string, unknown>>;
  security?: object[];
  [extension: `x-${string}`]: unknown;
}

/** Adds to an operation what its decorators imply: headers, token, and the problems of the door. */
export function completeOperation(operation: Operation, method: string): void {
  const access = textOf(operation[accessExtension]);
  const codes = [
    ...listOf(operation[problemsExtension]),
    ...doorProblems(operation, { access, method }),
  ];
  operation.responses = { ...operation.responses };
  for (const [status, response] of Object.entries(problemResponses(codes))) {
    operation.responses[status] = { ...response, ...operation.responses[status] };
  }
  operation.parameters = [...(operation.parameters ?? []), ...headersOf(operation, access)];
  if (access === 'required') operation.security = [{ token: [] }];
  if (access === 'optional') operation.security = [{ token: [] }, {}];
  for (const name of [
    accessExtension,
    problemsExtension,
    headersExtension,
    idempotencyExtension,
    limitExtension,
  ] as const) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- marks of ours, not part of the document
    delete operation[name];
  }
}

/** What the door itself may answer on a route like this one. */
function doorProblems(
  operation: Operation,
  { access, method }: { readonly access: string; readonly method: string },
): readonly string[] {
  const parameters = operation.parameters ?? [];
  const hasBody = operation.requestBody !== undefined;
  const takesToken = access !== 'public' && access !== '';
  const isLimited =
    operation[limitExtension] !== undefined || (takesToken && countsForAccount(method));
  const hasInput = hasBody || parameters.some((parameter) => parameter.in !== 'path');
  return [
    'service.fault',
    'service.unavailable',
    'input.malformed',
    ...(hasInput ? ['input.invalid'] : []),
    ...(hasBody ? ['input.too_large', 'input.unsupported_media_type', 'input.timeout'] : []),
    ...(takesToken ? ['token.invalid'] : []),
    ...(parameters.some((parameter) => parameter.in === 'path') ? ['resource.not_found'] : []),
    ...idempotencyProblems(operation[idempotencyExtension]),
    ...(isLimited ? ['rate.exceeded'] : []),
  ];
}

function idempotencyProblems(mode: unknown): readonly string[] {
  if (mode === undefined) return [];
  return [
    'input.invalid',
    'idempotency.in_flight',
    'idempotency.key_reused',
    ...(mode === 'required' ? ['idempotency.key_missing'] : []),
  ];
}

function headersOf(operation: Operation, access: string): readonly Parameter[] {
  const named = (operation[headersExtension] ?? {}) as Record<string, string>;
  const purpose =
    access === 'required' || access === 'optional'
      ? { 'Probity-Purpose': 'What the data is needed for; a name of the list in policy.' }
      : {};
  const present = new Set((operation.parameters ?? []).map(({ name }) => name.toLowerCase()));
  return Object.entries<string>({ ...purpose, ...named })
    .filter(([name]) => !present.has(name.toLowerCase()))
    .map(([name, description]) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string' },
    }));
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as string[]) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

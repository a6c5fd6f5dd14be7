/** One kind of refusal or fault a caller can meet. `code` is permanent: never renamed, never reused. */
export interface ProblemDefinition {
  readonly code: string;
  readonly status: number;
  /** Constant per code (RFC 9457 §3.1.4). */
  readonly title: string;
  /** When it happens, for `docs/problems.md`. */
  readonly when: string;
}

export interface InputError {
  /** RFC 6901 JSON pointer; the root is the empty string. */
  readonly pointer: string;
  readonly detail: string;
}

/** Members beyond the registered ones. Never personal data, never secrets. */
export interface ProblemExtras {
  readonly detail?: string;
  readonly errors?: readonly InputError[];
  readonly requiredAssurance?: { readonly acr: string; readonly maxAgeSeconds: number | null };
  readonly allowed?: readonly string[];
  readonly mfaToken?: string;
  readonly resendAt?: string;
  /** OAuth's own code (RFC 6749 §5.2), beside ours. */
  readonly error?: string;
  /** Response headers, for instance `WWW-Authenticate` (each 401 carries one) or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A refusal, invalid input or outage with a stable code, answered as RFC 9457 problem details. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly extras: ProblemExtras;

  constructor(definition: ProblemDefinition, extras: ProblemExtras = {}) {
    super(`${definition.code}: ${extras.detail ?? definition.title}`, { cause: extras.cause });
    this.code = definition.code;
    this.status = definition.status;
    this.title = definition.title;
    this.extras = extras;
  }
}

const registry = new Map<string, ProblemDefinition>();

/**
 * Registers a context's problems and answers one constructor per code, so that a handler writes
 * `caseProblems['case.not_found']()`.
 *
 * @throws Error at import time where a code stands twice.
 */
export function defineProblems<
  const Definitions extends Record<string, Omit<ProblemDefinition, 'code'>>,
>(
  definitions: Definitions,
): { readonly [Code in keyof Definitions]: (extras?: ProblemExtras) => Problem } {
  const constructors: Record<string, (extras?: ProblemExtras) => Problem> = {};
  for (const [code, rest] of Object.entries(definitions)) {
    if (registry.has(code)) throw new Error(`Problem code ${code} is defined twice`);
    const definition = { code, ...rest };
    registry.set(code, definition);
    constructors[code] = (extras) => new Problem(definition, extras);
  }
  return constructors as {
    readonly [Code in keyof Definitions]: (extras?: ProblemExtras) => Problem;
  };
}

/** Every registered problem, by code; the source of `docs/problems.md` and of the OpenAPI document. */
export function listProblems(): readonly ProblemDefinition[] {
  return [...registry.values()].sort((a, b) => a.code.localeCompare(b.code));
}

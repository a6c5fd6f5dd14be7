import { Problem } from '../problem.js';

/** What the log keeps of an error: enough to find the line, nothing that it was about. */
export interface ErrorRecord {
  readonly type: string;
  readonly message?: string;
  /** SQLSTATE, system error code or problem code. */
  readonly code?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  readonly frames: readonly string[];
  readonly cause?: ErrorRecord;
}

const framesMax = 20;
const causesMax = 3;

/** An error by its form: one of another realm, or Fastify's own, is no instance of this realm's `Error`. */
export function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown;
}

/**
 * Describes an error by an allow-list. The text of a database error, of a parser or of a schema
 * quotes the values it stumbled over, so of those only the code and the names of table, column and
 * constraint are kept; `detail`, `where`, `query` and `parameters` never.
 */
export function describeError(error: unknown, depth = 0): ErrorRecord {
  if (!isErrorLike(error)) return { type: typeof error, frames: [] };
  const { code, constraint, table, column } = error as Error & Partial<Record<string, unknown>>;
  return {
    type: error.name,
    ...(mayQuoteInput(error) ? {} : { message: error.message }),
    ...textMembers({ code, constraint, table, column }),
    frames: framesOf(error),
    ...(error.cause !== undefined && depth < causesMax
      ? { cause: describeError(error.cause, depth + 1) }
      : {}),
  };
}

function mayQuoteInput(error: Error): boolean {
  if (error instanceof Problem) return false;
  if (error instanceof SyntaxError || error.name === 'ZodError' || error.name === 'AssertionError')
    return true;
  // PostgreSQL's own errors carry a severity, TypeORM's wrapping of them the driver's error.
  return 'severity' in error || 'driverError' in error || 'generatedMessage' in error;
}

function textMembers(members: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** Only the lines that name places: the lines above them repeat the message. */
function framesOf(error: Error): readonly string[] {
  return (error.stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, framesMax);
}

import { isDatabaseUnavailable } from '../database-unavailable.js';
import { platformProblems } from '../platform.problems.js';
import { Problem } from '../problem.js';
import { isErrorLike } from './error-record.js';

/** RFC 9457 problem details as they leave the service. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly [member: string]: unknown;
}

/** Media type of every error answer (RFC 9457 §3). */
export const problemMediaType = 'application/problem+json';

/** The document of one problem; absent members are left out, and nothing of the cause is told. */
export function formatProblem(problem: Problem, requestId: string): ProblemDocument {
  const { detail, headers: _headers, cause: _cause, ...members } = problem.extras;
  return {
    type: `urn:probity:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: detail ?? problem.title,
    instance: `urn:uuid:${requestId}`,
    code: problem.code,
    ...members,
  };
}

/**
 * Response headers of a problem. Each 401 carries `WWW-Authenticate` (RFC 9110 §15.5.2), whoever
 * raised it; and no problem is kept by a cache.
 */
export function problemHeaders(problem: Problem): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(problem.extras.headers ?? {})) {
    headers[name.toLowerCase()] = value;
  }
  if (problem.status === 401) headers['www-authenticate'] ??= 'Bearer realm="probity"';
  return headers;
}

/** Statuses that Fastify and the framework raise themselves, as problems of ours. */
const problemOfStatus: Readonly<Record<number, () => Problem>> = {
  400: () => platformProblems['input.malformed'](),
  404: () => platformProblems['route.unknown'](),
  408: () => platformProblems['input.timeout'](),
  413: () => platformProblems['input.too_large'](),
  414: () => platformProblems['input.too_large'](),
  415: () => platformProblems['input.unsupported_media_type'](),
  431: () => platformProblems['input.too_large'](),
  503: () => platformProblems['service.unavailable'](),
};

/**
 * The problem that stands for any thrown value. A problem is itself; an error of the framework is
 * known by its status alone, for its text may quote the request; all else is a fault.
 */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  // A client that goes away in the middle of its body, as Fastify reports it; not the database's end.
  if (hasCode(thrown, 'ECONNRESET') && 'statusCode' in thrown) {
    return platformProblems['input.malformed']();
  }
  if (isDatabaseUnavailable(thrown))
    return platformProblems['service.unavailable']({ cause: thrown });
  // An id that is too long to be one is answered like every id that is not there.
  if (hasCode(thrown, 'FST_ERR_MAX_PARAM_LENGTH')) return platformProblems['resource.not_found']();
  const make = problemOfStatus[frameworkStatus(thrown) ?? 0];
  return make ? make() : platformProblems['service.fault']({ cause: thrown });
}

function hasCode(thrown: unknown, code: string): thrown is Error {
  return isErrorLike(thrown) && 'code' in thrown && thrown.code === code;
}

/** The status of an error that Fastify (`FST_…`) or Nest (`getStatus`) made; undefined for any other. */
function frameworkStatus(thrown: unknown): number | undefined {
  if (!isErrorLike(thrown)) return undefined;
  if ('getStatus' in thrown && typeof thrown.getStatus === 'function') {
    return Number((thrown as { getStatus(): unknown }).getStatus());
  }
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  return typeof code === 'string' && code.startsWith('FST_') ? Number(statusCode) : undefined;
}

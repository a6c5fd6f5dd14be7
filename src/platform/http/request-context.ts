import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { FastifyRequest } from 'fastify';

import type { Channel, Origin } from '../actor.js';
import { isUuid } from '../ids.js';
import { platformProblems } from '../platform.problems.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace context trace-id of the request: 32 hex digits. */
    traceId: string;
    /** Code of the problem the request was answered with. */
    problemCode: string | null;
    /** `performance.now()` at arrival. */
    startedAt: number;
    /** Whether the log has its line of this request. */
    isRecorded: boolean;
  }
}

/** `version-traceid-parentid-flags` (W3C Trace Context §3.2); a later version may append fields. */
const traceparentPattern =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const userAgentCharactersMax = 512;

/** The caller's `X-Request-Id` where it is a UUID, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return isUuid(given) ? given.toLowerCase() : randomUUID();
}

/** The trace-id of a `traceparent`, or a new one where it is missing or malformed. */
export function traceIdOf(traceparent: string | string[] | undefined): string {
  const match = typeof traceparent === 'string' ? traceparentPattern.exec(traceparent) : null;
  return match?.[1] ?? randomUUID().replaceAll('-', '');
}

/** The `traceparent` for a call this request leads to: the same trace, a new parent. */
export function formatTraceparent(traceId: string): string {
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}

/** Where a request came from. The address is the client's as the trusted proxies report it. */
export function originOf(request: FastifyRequest, channel: Channel = 'api'): Origin {
  return {
    channel,
    address: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, userAgentCharactersMax) ?? null,
    requestId: request.id,
    traceId: request.traceId,
  };
}

const purposePattern = /^[a-z](?:[a-z-]{0,62}[a-z])?$/;

/**
 * `Probity-Purpose` as sent, or null. Whether the purpose exists and suffices is authority's question.
 *
 * @throws Problem `input.invalid` where it cannot be a purpose's name at all.
 */
export function purposeOf(request: FastifyRequest): string | null {
  const purpose = request.headers['probity-purpose'];
  if (purpose === undefined) return null;
  if (typeof purpose === 'string' && purposePattern.test(purpose)) return purpose;
  throw platformProblems['input.invalid']({
    detail: 'The header Probity-Purpose is not the name of a purpose.',
    errors: [{ pointer: '', detail: 'Probity-Purpose: lower-case words joined by hyphens' }],
  });
}

const waitSecondsMax = 10;

/**
 * Seconds of `Prefer: wait=n` (RFC 7240 §4.3), at most 10; null where it is absent. A preference
 * that cannot be understood is ignored (RFC 7240 §2).
 */
export function preferredWaitSeconds(request: FastifyRequest): number | null {
  const header = [request.headers.prefer ?? []].flat().join(',');
  const match = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=[,;]|$)/i.exec(header);
  return match ? Math.min(Number(match[1]), waitSecondsMax) : null;
}

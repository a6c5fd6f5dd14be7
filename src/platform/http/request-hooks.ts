import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { platformProblems } from '../platform.problems.js';
import type { Readiness } from '../readiness.js';
import type { ActorRequest } from './access.js';
import type { Metrics } from './metrics.js';
import { sendProblem } from './problem.filter.js';
import { parseQuery } from './query-string.js';
import { traceIdOf } from './request-context.js';
import type { RouteTable } from './route-table.js';
import type { ServiceLog } from './service-log.js';

export interface HookParts {
  readonly routes: RouteTable;
  readonly log: ServiceLog;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly headers: Readonly<Record<string, string>>;
}

/** Never sent: how the log and the figures name a request whose client went away before the answer. */
const clientClosedRequest = 499;
const unmatchedRoute = '(unmatched)';
/** Probes and scrapes come every few seconds and say nothing. */
const quietRoutes: readonly string[] = ['/health/live', '/health/ready', '/metrics'];

/** What happens to every request before its route and after its answer, in this order. */
export function addRequestHooks(fastify: FastifyInstance, parts: HookParts): void {
  const { routes, log, headers, readiness } = parts;
  fastify.decorateRequest('traceId', '');
  fastify.decorateRequest('problemCode', null);
  fastify.decorateRequest('startedAt', 0);
  fastify.decorateRequest('isRecorded', false);
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.add(one, url);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    request.startedAt = performance.now();
    request.traceId = traceIdOf(request.headers.traceparent);
    reply.headers(headers).header('x-request-id', request.id);
    if (readiness.isDraining) reply.header('connection', 'close');
    done();
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.is404) answerUnmatched(request, reply, routes);
    else done();
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    const mark = request.raw.url?.indexOf('?') ?? -1;
    if (mark >= 0) parseQuery(request.raw.url?.slice(mark + 1) ?? '');
    done();
  });
  fastify.addHook('preHandler', (request, _reply, done) => log.correlate(request, done));
  fastify.addHook('onResponse', (request, reply, done) => {
    recordAnswer(request, { status: reply.statusCode, milliseconds: reply.elapsedTime }, parts);
    done();
  });
  fastify.addHook('onRequestAbort', (request, done) => {
    const milliseconds = performance.now() - request.startedAt;
    recordAnswer(request, { status: clientClosedRequest, milliseconds }, parts);
    done();
  });
}

/**
 * Before the body is read: the route comes first in the order of checks. `OPTIONS` of a path that
 * exists lists its methods (RFC 9110 §9.3.7).
 */
function answerUnmatched(request: FastifyRequest, reply: FastifyReply, routes: RouteTable): void {
  const path = (request.raw.url ?? '').split('?', 1)[0] ?? '';
  const allowed = routes.methodsOf(path);
  const allow = { allow: [...allowed, 'OPTIONS'].join(', ') };
  if (allowed.length > 0 && request.method === 'OPTIONS') {
    void reply.code(204).headers(allow).send();
    return;
  }
  const problem =
    allowed.length > 0
      ? platformProblems['route.method_not_allowed']({ headers: allow })
      : platformProblems['route.unknown']();
  request.problemCode = problem.code;
  // A body that follows is not read, so the connection cannot be used again.
  if (
    request.headers['content-length'] !== undefined ||
    request.headers['transfer-encoding'] !== undefined
  ) {
    reply.header('connection', 'close');
  }
  sendProblem(problem, request, reply);
}

interface Answer {
  readonly status: number;
  readonly milliseconds: number;
}

/** One line and one sample a request, whether it was answered or its client went away first. */
function recordAnswer(request: ActorRequest, answer: Answer, parts: HookParts): void {
  if (request.isRecorded) return;
  request.isRecorded = true;
  const route = request.is404 ? unmatchedRoute : (request.routeOptions.url ?? unmatchedRoute);
  const { status, milliseconds } = answer;
  const { method } = request;
  parts.metrics.observeRequest({ method, route, status, seconds: milliseconds / 1000 });
  if (quietRoutes.includes(route) && status < 400) return;
  parts.log.request(request, {
    method,
    route,
    status,
    durationMilliseconds: Math.round(milliseconds * 10) / 10,
    actorKind: request.actor?.kind ?? null,
    problem: request.problemCode,
  });
}

import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Problem } from '../problem.js';
import { formatProblem, problemHeaders, problemMediaType, problemOf } from './problem-document.js';
import { ServiceLog } from './service-log.js';

/** Turns whatever was thrown, anywhere on a request's way, into the one form of error answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: ServiceLog) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(thrown);
    if (problem.status >= 500) this.log.fault(thrown, request);
    request.problemCode = problem.code;
    sendProblem(problem, request, reply);
  }
}

/** Sends a problem as the answer; nothing where an answer has already begun (a broken stream). */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  void reply
    .code(problem.status)
    .headers(problemHeaders(problem))
    .type(mediaTypeOf(problem))
    // A string, so that no serializer meant for the route's answer touches it.
    .send(JSON.stringify(formatProblem(problem, request.id)));
}

/** OAuth's clients read its errors from plain JSON only (RFC 6749 §5.2). */
function mediaTypeOf({ extras }: Problem): string {
  return extras.error === undefined ? problemMediaType : 'application/json';
}

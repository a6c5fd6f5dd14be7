import { setImmediate } from 'node:timers/promises';

import {
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { isUuid } from '../ids.js';
import { platformProblems } from '../platform.problems.js';

/** Answers a malformed id as an unknown one, so that neither tells more than the other. */
@Injectable()
export class PathIdPipe implements PipeTransform<unknown, Promise<string>> {
  async transform(value: unknown): Promise<string> {
    if (isUuid(value)) return value.toLowerCase();
    // The parameters of a route are judged side by side. The schema of the body comes first in the
    // order of checks, so existence waits until it has spoken.
    await setImmediate();
    throw platformProblems['resource.not_found']();
  }
}

const pathParameter = createParamDecorator((name: string, context: ExecutionContext): unknown => {
  const { params } = context.switchToHttp().getRequest<FastifyRequest>();
  return (params as Record<string, unknown>)[name];
});

/**
 * An id in the path, in lower case.
 *
 * @throws Problem `resource.not_found` where it is malformed.
 */
export const PathId = (name: string): ParameterDecorator => pathParameter(name, PathIdPipe);

import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { platformProblems } from '../platform.problems.js';
import { parseQuery } from './query-string.js';

export const formMediaType = 'application/x-www-form-urlencoded';
const firstByteBeyondAscii = 0x80;

/** The route takes a form in the place of JSON: its caller is a machine that speaks nothing else. */
export const AcceptsForm = (): MethodDecorator =>
  applyDecorators(RouteConfig({ acceptsForm: true }), ApiConsumes(formMediaType));

/**
 * Parses a form as strictly as a query string: each name once, percent-encoded UTF-8.
 *
 * @throws Problem `input.unsupported_media_type` at a route that takes JSON, `input.malformed`,
 *   `input.invalid` for a repeated name.
 */
export function parseFormBody(request: FastifyRequest, body: Buffer): Record<string, string> {
  if (!takesForm(request)) throw platformProblems['input.unsupported_media_type']();
  if (body.some((byte) => byte >= firstByteBeyondAscii)) {
    throw platformProblems['input.malformed']({ detail: 'The form is not percent-encoded.' });
  }
  return parseQuery(body.toString('ascii'));
}

/** @throws Problem `input.unsupported_media_type` at a route that takes a form. */
export function assertTakesJson(request: FastifyRequest): void {
  if (takesForm(request)) throw platformProblems['input.unsupported_media_type']();
}

function takesForm({ routeOptions }: FastifyRequest): boolean {
  const { acceptsForm } = routeOptions.config as { acceptsForm?: boolean };
  return acceptsForm === true;
}

import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

import { hoistDefinitions } from './openapi-schema.js';

/** A response by its schema, or by a sentence where it has no body of a fixed form. */
export type DocumentedResponse = z.ZodType | string;

export interface ApiRouteOptions {
  /** One sentence in the imperative. */
  readonly summary: string;
  readonly description?: string;
  /** Tag under which the documentation lists the route; the context's name. */
  readonly tag?: string;
  readonly responses: Readonly<Record<number, DocumentedResponse>>;
  /** Codes of the problems that the route itself raises; those of the door are added to every route. */
  readonly problems?: readonly string[];
  /** Request headers by name, beyond those that decorators already tell. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Extension member of an operation that carries its problem codes until the document is complete. */
export const problemsExtension = 'x-probity-problems';
/** Extension member with the request headers of an operation. */
export const headersExtension = 'x-probity-headers';

/** Documents a route: what it does, every answer and every problem code. A test fails on one without. */
export function ApiRoute(options: ApiRouteOptions): MethodDecorator {
  const { summary, description, tag, responses, problems = [], headers = {} } = options;
  return applyDecorators(
    ApiOperation({
      summary,
      ...(description !== undefined && { description }),
      ...(tag !== undefined && { tags: [tag] }),
    }),
    ApiExtension(problemsExtension, problems),
    ApiExtension(headersExtension, headers),
    ...Object.entries(responses).map(([status, response]) => describe(Number(status), response)),
  );
}

function describe(status: number, response: DocumentedResponse): MethodDecorator {
  if (typeof response === 'string') return ApiResponse({ status, description: response });
  const schema = z.toJSONSchema(response, {
    target: 'openapi-3.0',
    io: 'output',
    unrepresentable: 'any',
  });
  return ApiResponse({
    status,
    description: response.meta()?.description ?? 'The answer.',
    content: { 'application/json': { schema: hoistDefinitions(schema) } },
  });
}

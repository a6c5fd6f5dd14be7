import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { completeOperation, type Operation } from './openapi-operation.js';
import { hoistedDefinitions } from './openapi-schema.js';
import { problemSchema } from './openapi-problem.js';
import type { RouteTable } from './route-table.js';

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The description of this API in OpenAPI's form, made at the first question and then kept. */
export class OpenApi {
  #app: NestFastifyApplication | null = null;
  #routes: RouteTable | null = null;
  #text: string | null = null;

  bind(app: NestFastifyApplication, routes: RouteTable): void {
    this.#app = app;
    this.#routes = routes;
  }

  /** The document as JSON. */
  text(): string {
    this.#text ??= JSON.stringify(this.document());
    return this.#text;
  }

  document(): OpenAPIObject {
    if (!this.#app) throw new Error('The document is made once the application stands');
    const document = SwaggerModule.createDocument(this.#app, documentHead());
    for (const [operation, method] of operationsOf(document)) completeOperation(operation, method);
    document.components = {
      ...document.components,
      schemas: { ...document.components?.schemas, ...hoistedDefinitions(), Problem: problemSchema },
    };
    return document;
  }

  /** Routes that the document does not describe whole, as `GET /v1/things`; a test wants none. */
  undocumented(): readonly string[] {
    const described = new Set(describedRoutes(this.document()));
    return (this.#routes?.list() ?? [])
      .filter(({ method }) => !['HEAD', 'OPTIONS'].includes(method))
      .map(({ method, pattern }) => `${method} ${pattern}`)
      .filter((route) => !described.has(nameless(route)));
  }
}

function documentHead(): Omit<OpenAPIObject, 'paths'> {
  return new DocumentBuilder()
    .setTitle('Probity')
    .setDescription(
      'A support backend for banks. Errors are RFC 9457 problem details with a stable `code`; money is an exact decimal in a string; instants are UTC.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'token')
    .build();
}

function operationsOf(document: OpenAPIObject): readonly (readonly [Operation, string])[] {
  return Object.values(document.paths).flatMap((path) =>
    methods.flatMap((method) =>
      path[method] ? [[path[method] as unknown as Operation, method] as const] : [],
    ),
  );
}

/** A route is described where it has a summary and at least one answer that is not a problem. */
function describedRoutes(document: OpenAPIObject): readonly string[] {
  return Object.entries(document.paths).flatMap(([pattern, path]) =>
    methods
      .filter((method) => isDescribed(path[method] as unknown as Operation | undefined))
      .map((method) => nameless(`${method.toUpperCase()} ${pattern}`)),
  );
}

function isDescribed(operation: Operation | undefined): boolean {
  if (!operation?.summary) return false;
  return Object.keys(operation.responses).some((status) => Number(status) < 400);
}

/** `:id` of the router and `{id}` of the document are the same place. */
function nameless(route: string): string {
  return route.replace(/:\w+|\{\w+\}|\*\w*/g, '?');
}

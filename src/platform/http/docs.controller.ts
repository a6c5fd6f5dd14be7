import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { Public } from './access.js';
import { ApiRoute } from './api-route.js';
import { OpenApi } from './openapi.js';

const require = createRequire(import.meta.url);
const interfaceFolder = dirname(require.resolve('swagger-ui-dist/package.json'));

/** Only this page may load anything, and only from here. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Probity API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="api"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;
const startScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });\n`;

/** The description of the API, for programs and for people. */
@Controller()
@Public()
export class DocsController {
  constructor(private readonly openApi: OpenApi) {}

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiRoute({
    tag: 'operation',
    summary: 'Describe every route, answer and problem code.',
    responses: { 200: 'An OpenAPI document.' },
  })
  document(): string {
    return this.openApi.text();
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', pagePolicy)
  @ApiRoute({
    tag: 'operation',
    summary: 'Show the description as a page.',
    responses: { 200: 'HTML.' },
  })
  page(): string {
    return page;
  }

  @Get('docs/start.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @ApiRoute({
    tag: 'operation',
    summary: 'Give the script that starts the page.',
    responses: { 200: 'JavaScript.' },
  })
  start(): string {
    return startScript;
  }

  @Get('docs/swagger-ui.css')
  @ApiRoute({
    tag: 'operation',
    summary: 'Give the style of the page.',
    responses: { 200: 'CSS.' },
  })
  async style(@Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    reply.type('text/css; charset=utf-8');
    return readFile(join(interfaceFolder, 'swagger-ui.css'));
  }

  @Get('docs/swagger-ui-bundle.js')
  @ApiRoute({
    tag: 'operation',
    summary: 'Give the script that draws the page.',
    responses: { 200: 'JavaScript.' },
  })
  async script(@Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    reply.type('text/javascript; charset=utf-8');
    return readFile(join(interfaceFolder, 'swagger-ui-bundle.js'));
  }
}

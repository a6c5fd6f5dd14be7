import { type IncomingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import { platformProblems } from '../platform.problems.js';
import { Readiness } from '../readiness.js';
import { addRequestHooks } from './request-hooks.js';
import { Metrics } from './metrics.js';
import { OpenApi } from './openapi.js';
import { assertTakesJson, formMediaType, parseFormBody } from './form-body.js';
import { parseJsonBody } from './json-body.js';
import { parseQuery } from './query-string.js';
import { formatProblem, problemMediaType, problemOf } from './problem-document.js';
import { sendProblem } from './problem.filter.js';
import { requestIdOf } from './request-context.js';
import { RouteTable } from './route-table.js';
import { securityHeaders } from './security-headers.js';
import { ServiceLog } from './service-log.js';

type FastifyOptions = NonNullable<ConstructorParameters<typeof FastifyAdapter>[0]>;
type NestModule = Parameters<typeof NestFactory.create>[0];

/** Limits of the door; every one is named here. */
export const httpLimits = {
  requestMilliseconds: 5_000,
  headersMilliseconds: 3_000,
  /** How often Node looks for connections over those limits; its default is 30 s. */
  checkEveryMilliseconds: 1_000,
  keepAliveMilliseconds: 65_000,
  bodyBytes: 256 * 1024,
  headerBytes: 16 * 1024,
  pathParameterCharacters: 200,
} as const;

export type HttpConfig = Pick<Config, 'profile' | 'trustedProxies'>;

/**
 * Makes the application with its door: strict JSON, problem details on every path, request ids,
 * limits, security headers. It does not listen yet.
 */
export async function createHttpApp(
  module: NestModule,
  config: HttpConfig,
): Promise<NestFastifyApplication> {
  const isProduction = config.profile === 'production';
  const adapter = new FastifyAdapter(fastifyOptions(config));
  const routes = new RouteTable();
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    abortOnError: false,
    bodyParser: false,
    bufferLogs: true,
  });
  const log = app.get(ServiceLog);
  app.useLogger(log);
  const fastify = adapter.getInstance<FastifyInstance>();
  acceptStrictBodies(fastify);
  addRequestHooks(fastify, {
    routes,
    log,
    metrics: app.get(Metrics),
    readiness: app.get(Readiness),
    headers: securityHeaders(isProduction),
  });
  app.get(OpenApi).bind(app, routes);
  return app;
}

function fastifyOptions(config: HttpConfig): FastifyOptions {
  const { requestMilliseconds, headersMilliseconds, checkEveryMilliseconds } = httpLimits;
  return {
    requestTimeout: requestMilliseconds,
    keepAliveTimeout: httpLimits.keepAliveMilliseconds,
    http: {
      headersTimeout: headersMilliseconds,
      connectionsCheckingInterval: checkEveryMilliseconds,
      maxHeaderSize: httpLimits.headerBytes,
    },
    bodyLimit: httpLimits.bodyBytes,
    genReqId: requestIdOf,
    // A number of hops would trust whoever asks; networks trust only the proxies that stand there.
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    // Requests that arrive while the service drains are answered, not turned away with another body.
    return503OnClosing: false,
    routerOptions: {
      maxParamLength: httpLimits.pathParameterCharacters,
      querystringParser: parseQueryLater,
    },
    // Raised by the router, before any hook: broken percent-encoding, an over-long parameter.
    frameworkErrors: (error, request, reply) => {
      reply
        .headers(securityHeaders(config.profile === 'production'))
        .header('x-request-id', request.id);
      sendProblem(problemOf(error), request as FastifyRequest, reply as unknown as FastifyReply);
    },
    clientErrorHandler: answerBrokenRequest,
  };
}

/** Fastify parses before any hook could answer; the hook repeats it and throws what is wrong. */
function parseQueryLater(text: string): Record<string, string> {
  try {
    return parseQuery(text);
  } catch {
    return {};
  }
}

/** JSON is read, and a form where a route asks for one, each by one strict parser; all else is 415. */
function acceptStrictBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      try {
        assertPlainUtf8(request.headers);
        assertTakesJson(request);
        done(null, body.length === 0 ? undefined : parseJsonBody(body));
      } catch (error) {
        done(error as Error, undefined);
      }
    },
  );
  fastify.addContentTypeParser(
    formMediaType,
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      try {
        assertPlainUtf8(request.headers);
        done(null, parseFormBody(request, body));
      } catch (error) {
        done(error as Error, undefined);
      }
    },
  );
}

/** JSON between systems is UTF-8 (RFC 8259 §8.1), and a packed body could unpack beyond any limit. */
function assertPlainUtf8(headers: IncomingHttpHeaders): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  const isUtf8 = charset === undefined || charset.toLowerCase() === 'utf-8';
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';
  if (!isUtf8 || !isPlain) throw platformProblems['input.unsupported_media_type']();
}

const problemOfParserError: Readonly<Record<string, () => Problem>> = {
  HPE_HEADER_OVERFLOW: () => platformProblems['input.too_large'](),
  ERR_HTTP_REQUEST_TIMEOUT: () => platformProblems['input.timeout'](),
};

/** Answers what is not even HTTP: there is no request yet, so the answer is written by hand. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const make = problemOfParserError[error.code ?? ''] ?? platformProblems['input.malformed'];
  const problem = make();
  const body = JSON.stringify(formatProblem(problem, requestIdOf({ headers: {} })));
  socket.end(
    [
      `HTTP/1.1 ${String(problem.status)} ${STATUS_CODES[problem.status] ?? ''}`,
      `Content-Type: ${problemMediaType}`,
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

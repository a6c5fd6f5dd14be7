import { AsyncLocalStorage } from 'node:async_hooks';

import type { LoggerService } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type DestinationStream, type Logger, pino } from 'pino';

import { redactDeep } from '../../redaction/index.js';
import { describeError, isErrorLike } from './error-record.js';

export interface ServiceLogOptions {
  readonly level: string;
  /** Standard output where it is absent. */
  readonly destination?: DestinationStream;
}

/** One line a request: no raw address of the route, no header, no body, nobody's name. */
export interface RequestLine {
  readonly method: string;
  /** The route's pattern, never the path or the query. */
  readonly route: string;
  readonly status: number;
  readonly durationMilliseconds: number;
  readonly actorKind: string | null;
  readonly problem: string | null;
}

interface Correlation {
  readonly requestId: string;
  readonly traceId: string;
}

/** Contexts in which the framework tells at every start what it has put together. */
const frameworkContexts: readonly unknown[] = [
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
];

type Level = 'debug' | 'error' | 'fatal' | 'info' | 'trace' | 'warn';

/**
 * The service's log: JSON lines by pino. Every value passes the redaction net, errors are described
 * by an allow-list, and lines written while a request is served carry its ids. Async-local storage
 * serves this correlation and nothing else.
 */
export class ServiceLog implements LoggerService {
  readonly #pino: Logger;
  readonly #correlation = new AsyncLocalStorage<Correlation>();

  constructor({ level, destination }: ServiceLogOptions) {
    const options = {
      level,
      base: { service: 'probity' },
      timestamp: pino.stdTimeFunctions.isoTime,
    };
    this.#pino = destination ? pino(options, destination) : pino(options);
  }

  /** Serves the rest of a request with its ids on every line. */
  correlate(request: FastifyRequest, proceed: () => void): void {
    this.#correlation.run({ requestId: request.id, traceId: request.traceId }, proceed);
  }

  /** Every member is the server's own word, save the ids, which are checked to be UUID and hex. */
  request(request: FastifyRequest, line: RequestLine): void {
    this.#pino.info({ requestId: request.id, traceId: request.traceId, ...line }, 'request');
  }

  fault(error: unknown, request?: FastifyRequest): void {
    this.#write('error', 'fault', {
      error: describeError(error),
      ...(request && { requestId: request.id, traceId: request.traceId }),
    });
  }

  log(message: unknown, ...more: unknown[]): void {
    this.#nest(frameworkContexts.includes(more.at(-1)) ? 'debug' : 'info', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.#nest('error', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.#nest('warn', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.#nest('debug', message, more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.#nest('trace', message, more);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.#nest('fatal', message, more);
  }

  /** Nest's convention: the last string is the context, and what else there is are details. */
  #nest(level: Level, message: unknown, more: readonly unknown[]): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    const context = more.length > 0 && typeof more.at(-1) === 'string' ? more.at(-1) : undefined;
    const details = (context === undefined ? more : more.slice(0, -1)).map(printable);
    const text = typeof message === 'string' ? message : 'event';
    this.#write(level, text, {
      ...(context !== undefined && { context }),
      ...(typeof message !== 'string' && { value: printable(message) }),
      ...(details.length > 0 && { details }),
    });
  }

  #write(level: Level, text: string, members: Record<string, unknown>): void {
    const line = { ...this.#correlation.getStore(), ...members };
    const { value } = redactDeep({ line, text }) as { value: { line?: object; text?: string } };
    this.#pino[level](value.line ?? {}, value.text ?? '');
  }
}

/** An error's own text may hold anything: of a stack handed over as text only the places are kept. */
function printable(value: unknown): unknown {
  if (isErrorLike(value)) return describeError(value);
  if (typeof value !== 'string' || !value.includes('\n    at ')) return value;
  return value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
}

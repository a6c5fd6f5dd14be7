import { setTimeout as sleep } from 'node:timers/promises';

import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concatMap, type Observable } from 'rxjs';

import { preferredWaitSeconds, Readiness } from '../platform/index.js';
import type { Receipt } from './receipt.js';
import { PublishedCheckpoints } from './witness/published-checkpoints.js';

const pollMilliseconds = 50;
/** Each of them asks the database again and again; more than these are answered at once. */
const waitsMax = 64;

/**
 * `Prefer: wait=n` (RFC 7240 §4.3): holds an answer with a receipt until a published checkpoint
 * covers the event, or until the seconds have passed. What is committed stays so either way: an
 * answer is never lost because the log could not be asked. A preference may be passed over (§2):
 * where very many wait already, it is.
 */
@Injectable()
export class CheckpointWaitInterceptor implements NestInterceptor {
  #waiting = 0;

  constructor(
    private readonly checkpoints: PublishedCheckpoints,
    private readonly readiness: Readiness,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const seconds = preferredWaitSeconds(http.getRequest<FastifyRequest>());
    if (seconds === null) return next.handle();
    return next.handle().pipe(
      concatMap(async (answer: unknown) => {
        if (!hasReceipt(answer) || this.#waiting >= waitsMax) return answer;
        const checkpoint = await this.#covering(answer.receipt.eventId, seconds);
        http.getResponse<FastifyReply>().header('preference-applied', `wait=${String(seconds)}`);
        return checkpoint === null
          ? answer
          : { ...answer, receipt: { ...answer.receipt, checkpoint } };
      }),
    );
  }

  /** The smallest published checkpoint over an event; null where none came in time. */
  async #covering(eventId: string, seconds: number): Promise<string | null> {
    const until = performance.now() + seconds * 1000;
    this.#waiting += 1;
    try {
      for (;;) {
        const covering = await this.checkpoints.covering(eventId).catch(() => null);
        const isOver = performance.now() + pollMilliseconds > until || this.readiness.isDraining;
        if (covering !== null || isOver) return covering?.note ?? null;
        await sleep(pollMilliseconds);
      }
    } finally {
      this.#waiting -= 1;
    }
  }
}

function hasReceipt(answer: unknown): answer is { readonly receipt: Receipt } {
  if (typeof answer !== 'object' || answer === null || !('receipt' in answer)) return false;
  const { receipt } = answer;
  return typeof receipt === 'object' && receipt !== null && 'eventId' in receipt;
}

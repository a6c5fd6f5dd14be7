import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';

import { Clock } from '../clock.js';
import {
  rateExceeded,
  rateHeaders,
  RateLimiter,
  type RateState,
  type RateWindow,
} from '../rate-limit.js';

const limitedKey = 'probity:limited-by-origin';
/** Extension member that tells the documentation of the limit. */
export const limitExtension = 'x-probity-limit';

/**
 * The route counts requests by the client's address, whoever they say they are; over the limit it
 * answers 429 `rate.exceeded`. Routes of the same name share one count.
 */
export const LimitedByOrigin = (name: string): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(limitedKey, name), ApiExtension(limitExtension, name));

/** The figures, by name; set from policy at start. A name without figures takes `default`. */
export class OriginLimits {
  readonly #windows = new Map<string, RateWindow>();

  constructor(private readonly fallback: RateWindow = { limit: 300, windowSeconds: 60 }) {}

  set(name: string, window: RateWindow): void {
    this.#windows.set(name, window);
  }

  of(name: string): RateWindow {
    return this.#windows.get(name) ?? this.fallback;
  }
}

/** Counts by the client's network under the limit of a name. */
@Injectable()
export class OriginCounter {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly limits: OriginLimits,
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem `rate.exceeded`; what is over the limit is not counted. */
  async hit(name: string, address: string): Promise<RateState> {
    const state = await this.limiter.hit(this.database, {
      key: { name, subject: networkOf(address) },
      windows: [this.limits.of(name)],
      now: this.clock.now(),
    });
    if (!state.allowed) throw rateExceeded(state);
    return state;
  }
}

/** Counts before the token is looked at, so that guessing tokens is limited too. */
@Injectable()
export class OriginLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly counter: OriginCounter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const name = this.reflector.getAllAndOverride<string | undefined>(limitedKey, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (name === undefined) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const state = await this.counter.hit(name, request.ip);
    context.switchToHttp().getResponse<FastifyReply>().headers(rateHeaders(state));
    return true;
  }
}

/** One subscriber commonly holds a whole /64 of IPv6 (RFC 6177): its addresses count as one. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail = ''] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const groups = address.includes('::')
    ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left;
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

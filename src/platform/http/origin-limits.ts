import { isIPv6 } from 'node:net';

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

import { rateHeaders, type RateState } from '../rate-limit.js';
import { RequestCounter } from './request-limits.js';

const limitedKey = 'probity:limited-by-origin';
/** Extension member that tells the documentation of the limit. */
export const limitExtension = 'x-probity-limit';

/**
 * The route counts requests by the client's address, whoever they say they are; over the limit it
 * answers 429 `rate.exceeded`. Routes of the same name share one count.
 */
export const LimitedByOrigin = (name: string): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(limitedKey, name), ApiExtension(limitExtension, name));

/** Counts by the client's network under the limit of a name. */
@Injectable()
export class OriginCounter {
  constructor(private readonly counter: RequestCounter) {}

  /** @throws Problem `rate.exceeded`; what is over the limit is not counted. */
  hit(name: string, address: string): Promise<RateState> {
    return this.counter.hit(name, networkOf(address));
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

const groupsOfAddress = 8;
const groupsOfNetwork = 4;

/**
 * Whose requests count together: an IPv4 address by itself, also where it is mapped into IPv6; of
 * IPv6 the /64, since one subscriber commonly holds all of it (RFC 6177). What is no address counts
 * as itself.
 */
export function networkOf(address: string): string {
  if (isIPv6(address)) {
    const groups = groupsOf(address.replace(/%.*$/, ''));
    return ipv4Within(groups) ?? `${groups.slice(0, groupsOfNetwork).map(hex).join(':')}::/64`;
  }
  return address;
}

/** The eight groups of an address, however it abbreviates them (RFC 4291 §2.2). */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const left = numbersOf(head);
  const right = tail === undefined ? [] : numbersOf(tail);
  const gap = Array<number>(groupsOfAddress - left.length - right.length).fill(0);
  return tail === undefined ? left : [...left, ...gap, ...right];
}

function numbersOf(text: string): readonly number[] {
  return text
    .split(':')
    .filter(Boolean)
    .flatMap((group) => (group.includes('.') ? pairsOf(group) : [Number.parseInt(group, 16)]));
}

/** The last 32 bits, where they are written as IPv4. */
function pairsOf(ipv4: string): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** `::ffff:0:0/96` (RFC 4291 §2.5.5.2): the client speaks IPv4, whatever the socket is. */
function ipv4Within(groups: readonly number[]): string | null {
  const [high = 0, low = 0] = groups.slice(-2);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : null;
}

function hex(group: number): string {
  return group.toString(16);
}

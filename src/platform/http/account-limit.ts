import {
  type CanActivate,
  type CustomDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';

import type { Actor } from '../actor.js';
import { rateHeaders } from '../rate-limit.js';
import type { ActorRequest } from './access.js';
import { RequestCounter } from './request-limits.js';

/** The rate of policy that counts what an account asks to be changed, on all routes together. */
export const changesRate = 'changes';
const countedElsewhereKey = 'probity:account-counted-elsewhere';
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** What an account asks of this route has a stricter count of its own, exact as well. */
export const AccountCountedElsewhere = (): CustomDecorator =>
  SetMetadata(countedElsewhereKey, true);

/** Whether requests to a route count for the account: the safe methods change nothing (RFC 9110 §9.2.1). */
export const countsForAccount = (method: string): boolean =>
  !safeMethods.includes(method.toUpperCase());

/**
 * Counts what an account asks for, from whatever address and in however many sessions; over the limit
 * it answers 429 `rate.exceeded`. Who sent no token has no account, and counts by origin alone.
 */
@Injectable()
export class AccountLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly counter: RequestCounter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { actor, method, headers } = context.switchToHttp().getRequest<ActorRequest>();
    if (!actor || headers.authorization === undefined || !countsForAccount(method)) return true;
    const place = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(countedElsewhereKey, place)) {
      return true;
    }
    const state = await this.counter.hit(changesRate, accountOf(actor));
    addHeaders(context.switchToHttp().getResponse<FastifyReply>(), rateHeaders(state));
    return true;
  }
}

function accountOf({ kind, id }: Actor): string {
  return `${kind}/${id}`;
}

/** Beside those of the limit by origin: both fields are lists. */
function addHeaders(reply: FastifyReply, fields: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(fields)) {
    const before = reply.getHeader(name);
    reply.header(name, before === undefined ? value : `${String(before)}, ${value}`);
  }
}

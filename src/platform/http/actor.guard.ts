import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';

import type { Actor } from '../actor.js';
import { platformProblems } from '../platform.problems.js';
import type { Problem } from '../problem.js';
import { type Access, accessKey, type ActorRequest, Authenticator } from './access.js';

/** `b64token` (RFC 6750 §2.1); the scheme's name is not case-sensitive (RFC 9110 §11.1). */
const bearerPattern = /^bearer +([\w\-.~+/]+=*)$/i;
const tokenCharactersMax = 4096;

/** Finds out who asks before anything else of a route runs. A route without an access rule is shut. */
@Injectable()
export class ActorGuard implements CanActivate {
  /** Found at the first request: its context lies to the right of the platform. */
  #authenticator: Authenticator | undefined;

  constructor(
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(accessKey, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!access) throw new Error('Route has no access rule');
    if (access.isPublic === true) return true;
    const request = context.switchToHttp().getRequest<ActorRequest>();
    const token = readToken(request.headers.authorization);
    if (token === null && !access.tokenOptional) throw tokenMissing();
    request.actor = await this.#actorOf(token, request, access);
    request.askActorAgain = () => this.#actorOf(token, request, { ...access, isRepeated: true });
    return true;
  }

  async #actorOf(token: string | null, request: ActorRequest, access: Access): Promise<Actor> {
    const actor = await this.#authenticate(token, request, access);
    if (token !== null && !access.kinds.includes(actor.kind)) throw tokenInvalid();
    return actor;
  }

  #authenticate(token: string | null, request: ActorRequest, access: Access): Promise<Actor> {
    this.#authenticator ??= this.modules.get<Authenticator>(Authenticator, { strict: false });
    return this.#authenticator.authenticate(token, request, access);
  }
}

function readToken(header: string | undefined): string | null {
  if (header === undefined) return null;
  const token = header.length <= tokenCharactersMax ? bearerPattern.exec(header)?.[1] : undefined;
  if (token === undefined) throw tokenInvalid();
  return token;
}

/** The challenge names no error where no token was sent (RFC 6750 §3.1). */
function tokenMissing(): Problem {
  return platformProblems['token.invalid']({
    detail: 'This route needs a bearer token.',
    headers: { 'www-authenticate': 'Bearer realm="probity"' },
  });
}

/** One answer for every token that is not good, whatever the reason. */
export function tokenInvalid(): Problem {
  return platformProblems['token.invalid']({
    headers: { 'www-authenticate': 'Bearer realm="probity", error="invalid_token"' },
  });
}

import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
} from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import type { Actor, ActorKind } from '../actor.js';

/** Metadata key read by the authentication guard. */
export const accessKey = 'probity:access';

/** Who may come to a route at all; what they may do there is authority's question. */
export interface Access {
  readonly kinds: readonly ActorKind[];
  /** Without a token the actor is a guest at `aal0`. */
  readonly tokenOptional: boolean;
  /** Nobody is asked who they are, and the route has no actor. */
  readonly isPublic?: boolean;
  /** Asked again on an open answer: does not keep the session from idling. */
  readonly isRepeated?: boolean;
}

type RouteDecorator = MethodDecorator & ClassDecorator;

/** Extension member that tells the documentation how a route takes tokens. */
export const accessExtension = 'x-probity-access';

function withAccess(
  access: Access,
  documented: 'optional' | 'public' | 'required',
): RouteDecorator {
  return applyDecorators(SetMetadata(accessKey, access), ApiExtension(accessExtension, documented));
}

/** The route takes tokens of these kinds; anything else is 401 `token.invalid`. */
export const Authenticated = (...kinds: readonly [ActorKind, ...ActorKind[]]): RouteDecorator =>
  withAccess({ kinds, tokenOptional: false }, 'required');

/** The route takes a token of these kinds or none. */
export const OptionallyAuthenticated = (...kinds: readonly ActorKind[]): RouteDecorator =>
  withAccess({ kinds, tokenOptional: true }, 'optional');

/** The route is for everybody and has no actor: health, keys, documentation. */
export const Public = (): RouteDecorator =>
  withAccess({ kinds: [], tokenOptional: true, isPublic: true }, 'public');

/** The request once its actor is known. */
export interface ActorRequest extends FastifyRequest {
  actor?: Actor;
  /** Judges the request's token once more; for answers that stay open. */
  askActorAgain?: AskActorAgain;
}

/**
 * Says who the caller is at this moment, without counting as activity of the session.
 *
 * @throws Problem `token.invalid` once the session was revoked, expired or idle too long, or the
 *   token has expired.
 */
export type AskActorAgain = () => Promise<Actor>;

/** The authenticated actor of the request. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = context.switchToHttp().getRequest<ActorRequest>();
  if (!actor) throw new Error('Route has no access rule');
  return actor;
});

/** Asks for the actor again while an answer stays open; the token itself is handed to nobody. */
export const StandingActor = createParamDecorator(
  (_: unknown, context: ExecutionContext): AskActorAgain => {
    const { askActorAgain } = context.switchToHttp().getRequest<ActorRequest>();
    if (!askActorAgain) throw new Error('Route has no access rule');
    return askActorAgain;
  },
);

/** Turns a bearer token into an actor; the identity context implements it. */
export abstract class Authenticator {
  /**
   * @param token the bearer token, or null where none was sent.
   * @throws Problem `token.invalid` for every token that is not good, whatever the reason.
   */
  abstract authenticate(
    token: string | null,
    request: FastifyRequest,
    access: Access,
  ): Promise<Actor>;
}

import { createHash } from 'node:crypto';

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';

import type { Actor } from '../actor.js';
import { platformProblems } from '../platform.problems.js';
import type { ActorRequest } from './access.js';

/** One request's claim to be executed once; the ledger's `IdempotencyRequest` has the same shape. */
export interface IdempotencyClaim {
  /** Actor and route pattern. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 of what was asked: parameters and body, whatever the order of their members; hex. */
  readonly digest: string;
}

export interface IdempotencyOptions {
  /** Without the header the request is refused. */
  readonly required: boolean;
}

/** Extension member that tells the documentation how a route takes keys. */
export const idempotencyExtension = 'x-probity-idempotency';

const keyPattern = /^[\x21-\x7e]{1,255}$/;

const claimOf = createParamDecorator(
  (options: IdempotencyOptions, context: ExecutionContext): IdempotencyClaim | undefined => {
    const request = context.switchToHttp().getRequest<ActorRequest>();
    const key = request.headers['idempotency-key'];
    if (key === undefined || key === '') {
      if (options.required) throw platformProblems['idempotency.key_missing']();
      return undefined;
    }
    if (typeof key !== 'string' || !keyPattern.test(key)) throw keyInvalid();
    if (!request.actor) throw new Error('Route has no access rule');
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    return { scope: `${whoOf(request.actor)} ${route}`, key, digest: digestOf(request) };
  },
);

/**
 * The request's `Idempotency-Key` as a claim for `AuditedTransaction.run`; undefined where none was
 * sent and none is required.
 *
 * @throws Problem `idempotency.key_missing`; `input.invalid` for a key that is not 1 to 255 visible
 *   ASCII characters.
 */
export function Idempotency(options: IdempotencyOptions): ParameterDecorator {
  return (target, property, index) => {
    claimOf(options)(target, property, index);
    if (property === undefined) return;
    const descriptor = Object.getOwnPropertyDescriptor(target, property) ?? {};
    ApiHeader({
      name: 'Idempotency-Key',
      required: options.required,
      description: 'Makes the request safe to send again: 1 to 255 visible ASCII characters.',
    })(target, property, descriptor);
    const mode = options.required ? 'required' : 'accepted';
    ApiExtension(idempotencyExtension, mode)(target, property, descriptor);
  };
}

/**
 * Those without a session share one id: where they call from keeps them apart, and their key is the
 * secret it should be (a random UUID).
 */
function whoOf({ kind, id, sessionId, origin }: Actor): string {
  const who = `${kind}:${id}`;
  if (sessionId !== null || kind !== 'guest') return who;
  return `${who} ${JSON.stringify([origin.address, origin.userAgent])}`;
}

function keyInvalid(): Error {
  return platformProblems['input.invalid']({
    detail: 'The header Idempotency-Key is not 1 to 255 visible ASCII characters.',
    errors: [{ pointer: '', detail: 'Idempotency-Key: 1 to 255 visible ASCII characters' }],
  });
}

/** The path's ids count as body: the same key for another resource is another request. */
function digestOf(request: ActorRequest): string {
  const asked = { params: request.params, query: request.query, body: request.body ?? null };
  return createHash('sha256').update(JSON.stringify(asked, inOrder)).digest('hex');
}

function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

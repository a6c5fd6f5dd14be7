import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

import { Policies } from '../policy/index.js';
import { authorizedActions } from './authorized.js';

/**
 * Where `@CommandHandler` and `@QueryHandler` keep the class they were given; the package does not
 * export the names. A test fails should they change.
 */
const handlerMetadata = ['__commandHandler__', '__queryHandler__'];

/** A class that the bus hands to a handler. */
type Message = abstract new (...parameters: never[]) => unknown;

/** The message that a handler is declared for; undefined for what is no handler. */
function messageOf(handler: object): Message | undefined {
  const declared = handlerMetadata.map((name): unknown => Reflect.getMetadata(name, handler));
  return declared.find((message) => message !== undefined) as Message | undefined;
}

/**
 * What is wrong with the commands and queries of these handlers: one without `@Authorized`, or an
 * action without a rule in `authority.yaml`.
 */
export function unauthorizedMessages(
  handlers: readonly object[],
  policies: Policies,
): readonly string[] {
  const known = new Set(policies.authority.actions.map((rule) => rule.action));
  return handlers.flatMap((handler) => {
    const message = messageOf(handler);
    if (!message) return [];
    const actions = authorizedActions(message);
    if (!actions) return [`${message.name} is not @Authorized`];
    return actions
      .filter((action) => !known.has(action))
      .map((action) => `${message.name} asks about ${action}, which has no rule in authority.yaml`);
  });
}

/** Stops the start where a command or query would be judged by nobody. */
@Injectable()
export class AuthorizationCheck implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly policies: Policies,
  ) {}

  onApplicationBootstrap(): void {
    const handlers = this.discovery
      .getProviders()
      .flatMap(({ metatype }) => (typeof metatype === 'function' ? [metatype] : []));
    const faults = unauthorizedMessages(handlers, this.policies);
    if (faults.length > 0) throw new Error(`Not authorized:\n  ${faults.join('\n  ')}`);
  }
}

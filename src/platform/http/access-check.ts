import { Injectable, type OnApplicationBootstrap, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';

import { accessKey } from './access.js';

type Handler = (...parameters: unknown[]) => unknown;

/** Refuses to start with a route that says nothing about who may come to it. */
@Injectable()
export class AccessCheck implements OnApplicationBootstrap {
  readonly #scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  /** @throws Error naming every such route. */
  onApplicationBootstrap(): void {
    const open = this.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, Handler>;
      return this.#scanner
        .getAllMethodNames(prototype)
        .filter((name) => this.#isOpen(metatype, prototype[name]))
        .map((name) => `${metatype.name}.${name}`);
    });
    if (open.length > 0) throw new Error(`Routes without an access rule: ${open.join(', ')}`);
  }

  #isOpen(controller: Parameters<Reflector['get']>[1], handler: Handler | undefined): boolean {
    if (!handler) return false;
    const method = this.reflector.get<RequestMethod | undefined>(METHOD_METADATA, handler);
    if (method === undefined) return false;
    return (
      this.reflector.getAllAndOverride<unknown>(accessKey, [handler, controller]) === undefined
    );
  }
}

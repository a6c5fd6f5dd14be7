import { Command } from '@nestjs/cqrs';

import { Authorized } from '../authority/index.js';
import type { Actor } from '../platform/index.js';

/** Asks for a factor to be enrolled or removed. */
@Authorized('authenticator.enrol', 'authenticator.remove')
export class ChangeAuthenticator extends Command<never> {
  constructor(
    readonly step: 'enrol' | 'remove',
    readonly actor: Actor,
  ) {
    super();
  }
}

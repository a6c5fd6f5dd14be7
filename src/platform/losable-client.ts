import { Client } from 'pg';

class Losable extends Client {
  constructor(...settings: ConstructorParameters<typeof Client>) {
    super(...settings);
    this.on('error', () => undefined);
  }
}

/**
 * A connection whose loss fails the statement under way, or the next one, and never ends the process.
 * A pool stops listening before whoever asked for the connection can begin to: a server that dies in
 * between would take the process along.
 */
export const LosableClient: typeof Client = Losable;

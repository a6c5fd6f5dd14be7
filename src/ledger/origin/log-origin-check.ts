import type { OnModuleInit } from '@nestjs/common';

import type { Queryable } from '../log-reader.js';
import { SignerMemory } from '../signer-memory.js';
import { claimedOrigin } from './claimed-origin.js';

/** The configured origin is not that of the log; the message is a sentence for the operator. */
export class LogOriginMismatch extends Error {
  override readonly name = 'LogOriginMismatch';
}

/**
 * Stops the start of a service whose configured origin is not that of the log: it would promise, in
 * receipts, entries of a log that nobody signs. What is damaged is for the signer to refuse.
 */
export class LogOriginCheck implements OnModuleInit {
  constructor(
    private readonly origin: string,
    private readonly memoryPath: string,
    /** Of the reader role. */
    private readonly connection: Queryable,
  ) {}

  /** @throws LogOriginMismatch */
  async onModuleInit(): Promise<void> {
    const remembered = claimedOrigin(new SignerMemory(this.memoryPath).read());
    this.#assertSame(remembered, 'The signer remembers');
    const { rows } = await this.connection.query<{ note: string }>(
      'SELECT note FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1',
    );
    this.#assertSame(claimedOrigin(rows[0]?.note ?? null), 'The database holds');
  }

  #assertSame(found: string | null, where: string): void {
    if (found === null || found === this.origin) return;
    throw new LogOriginMismatch(
      `${where} the log ${found}, and PROBITY_LOG_ORIGIN is ${this.origin}. ` +
        'Set it back; a new log is begun, or its beginning finished, by npm run ledger:new-origin.',
    );
  }
}

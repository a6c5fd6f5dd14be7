import { Injectable, type OnModuleInit } from '@nestjs/common';

import { BankPool, Clock, Config } from '../platform/index.js';
import {
  type CarrierReceipt,
  type Delivery,
  NotificationSender,
  type WithheldDelivery,
} from './notification-sender.port.js';
import { nobody } from './sealed-message.js';

/** A message as the recipient's phone or mailbox shows it. */
export interface OutboxItem {
  readonly id: string;
  readonly channel: string;
  readonly destination: string;
  readonly text: string;
  readonly deliveredAt: string;
}

interface OutboxRow {
  readonly id: string;
  readonly channel: string;
  readonly destination: string;
  readonly text: string;
  readonly delivered_at: Date;
}

const itemsMax = 100;
const keptMax = 10_000;

/**
 * Stands for the phones and mailboxes of the world outside, in development on a loopback address only:
 * clear codes are kept nowhere that others can reach. Its table lies with
 * the sandbox bank, apart from the product's own data: what a phone shows is clear text.
 */
@Injectable()
export class DevOutbox extends NotificationSender implements OnModuleInit {
  constructor(
    private readonly pool: BankPool,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    if (!this.config.devRoutes) return;
    // The lock keeps several processes that start together from making the table twice.
    await this.pool.query(`
      DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('dev_outbox'));
        CREATE TABLE IF NOT EXISTS dev_outbox (
          seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          id uuid NOT NULL UNIQUE,
          channel text NOT NULL,
          destination text NOT NULL,
          text text NOT NULL,
          delivered_at timestamptz NOT NULL
        );
        DELETE FROM dev_outbox WHERE seq <= (SELECT max(seq) FROM dev_outbox) - ${keptMax};
      END $$`);
  }

  override async send({ id, channel, destination, text }: Delivery): Promise<CarrierReceipt> {
    await this.#keep({ id, channel, text }, destination.reveal());
    return { reference: null };
  }

  /** Written like any other, and shown to nobody: with the service in one database, time would tell. */
  override withhold(withheld: WithheldDelivery): Promise<void> {
    return this.#keep(withheld, nobody);
  }

  async #keep({ id, channel, text }: WithheldDelivery, destination: string): Promise<void> {
    await this.pool.query(
      `INSERT INTO dev_outbox (id, channel, destination, text, delivered_at)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
      [id, channel, destination, text.reveal(), this.clock.now()],
    );
  }

  /** Newest first, at most 100; those of one destination, or of all. */
  async list(destination: string | undefined): Promise<readonly OutboxItem[]> {
    const { rows } = await this.pool.query<OutboxRow>(
      `SELECT id, channel, destination, text, delivered_at FROM dev_outbox
       WHERE destination <> $3 AND ($1::text IS NULL OR destination = $1) ORDER BY seq DESC LIMIT $2`,
      [destination ?? null, itemsMax, nobody],
    );
    return rows.map(({ delivered_at, ...row }) => ({
      ...row,
      deliveredAt: delivered_at.toISOString(),
    }));
  }
}

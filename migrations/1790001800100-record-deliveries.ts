import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What becomes of a message after a carrier took it, and which carrier is out of service. A carrier's
 * own reference finds a message again when its report comes; it says nothing of whom or what.
 */
export class RecordDeliveries1790001800100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE notifications ADD COLUMN carrier_reference text CHECK (length(carrier_reference) <= 200);
      ALTER TABLE notifications DROP CONSTRAINT notifications_state_check;
      ALTER TABLE notifications ADD CONSTRAINT notifications_state_check CHECK (state IN
        ('queued', 'withheld', 'sent', 'delivered', 'failed', 'expired', 'replaced'));
      GRANT SELECT (carrier_reference) ON notifications TO probity_reader;

      CREATE TABLE carrier_outages (
        carrier  text        NOT NULL PRIMARY KEY CHECK (carrier IN ('sms', 'mail')),
        -- Consecutive faults of the carrier itself, over all processes.
        faults   integer     NOT NULL CHECK (faults > 0),
        -- Since when it counts as out; null while the faults are fewer than make an outage.
        since    timestamptz,
        -- When one message may be tried again, to see whether the carrier is back.
        probe_at timestamptz,
        CHECK ((since IS NULL) = (probe_at IS NULL))
      );
      GRANT SELECT, INSERT, UPDATE, DELETE ON carrier_outages TO probity_app;
      GRANT SELECT ON carrier_outages TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

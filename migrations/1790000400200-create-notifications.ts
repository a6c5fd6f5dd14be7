import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What waits to be told to somebody. Destination and text are sealed, and gone once it was told or has expired. */
export class CreateNotifications1790000400200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE notifications (
        id              uuid        NOT NULL PRIMARY KEY,
        channel         text        NOT NULL CHECK (channel IN ('sms', 'email', 'team')),
        template        text        NOT NULL,
        purpose         text        NOT NULL,
        subject_ref     uuid,
        challenge_id    uuid,
        case_id         uuid,
        destination     bytea,
        text            bytea,
        state           text        NOT NULL CHECK (state IN
          ('queued', 'withheld', 'sent', 'failed', 'expired', 'replaced')),
        attempts        integer     NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL,
        expires_at      timestamptz,
        created_at      timestamptz NOT NULL,
        finished_at     timestamptz,
        failure         text,
        CHECK ((state = 'queued') = (destination IS NOT NULL AND text IS NOT NULL))
      );
      CREATE INDEX notifications_due ON notifications (next_attempt_at) WHERE state = 'queued';
      CREATE INDEX notifications_challenge ON notifications (challenge_id) WHERE challenge_id IS NOT NULL;
      CREATE INDEX notifications_case ON notifications (case_id) WHERE case_id IS NOT NULL;

      GRANT SELECT, INSERT, UPDATE ON notifications TO probity_app;
      GRANT SELECT (id, channel, template, purpose, subject_ref, challenge_id, case_id, state, attempts,
        next_attempt_at, expires_at, created_at, finished_at, failure) ON notifications TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

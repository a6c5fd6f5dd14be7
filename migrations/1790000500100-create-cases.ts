import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Cases with their numbers, tasks and links. What people said of themselves lies encrypted in `facts`. */
export class CreateCases1790000500100 implements MigrationInterface {
  readonly name = 'CreateCases1790000500100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(grants);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

const tables = `
  -- The last number given out per type and year; a new case takes the next under this row's lock.
  CREATE TABLE case_numbers (
    type text NOT NULL,
    year integer NOT NULL,
    last_number integer NOT NULL CHECK (last_number > 0),
    PRIMARY KEY (type, year)
  );

  CREATE TABLE cases (
    id uuid PRIMARY KEY,
    type text NOT NULL CHECK (type IN
      ('fraud', 'dispute', 'complaint', 'regulatory-inquiry', 'violation', 'ticket')),
    number text NOT NULL UNIQUE,
    status text NOT NULL,
    priority text NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'critical')),
    queue text NOT NULL,
    subject_ref uuid NOT NULL,
    -- Whether the notice came from somebody who proved nothing.
    from_guest boolean NOT NULL,
    channel text NOT NULL,
    conversation_id uuid,
    missing_fields text[] NOT NULL,
    flags text[] NOT NULL,
    facts bytea NOT NULL,
    received_at timestamptz NOT NULL,
    escalated_at timestamptz,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL
  );
  CREATE INDEX cases_newest ON cases (id DESC);
  CREATE INDEX cases_subject ON cases (subject_ref, id DESC);
  CREATE INDEX cases_work ON cases (queue, status, id DESC);

  CREATE TABLE disputes (
    case_id uuid PRIMARY KEY REFERENCES cases (id),
    transaction_id uuid,
    account_id uuid,
    reason text,
    regime text
  );
  CREATE INDEX disputes_transaction ON disputes (transaction_id);

  CREATE TABLE case_links (
    case_id uuid NOT NULL REFERENCES cases (id),
    kind text NOT NULL CHECK (kind IN ('duplicate-of')),
    linked_case_id uuid NOT NULL REFERENCES cases (id),
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, kind, linked_case_id),
    CHECK (case_id <> linked_case_id)
  );

  CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'done')),
    due_at timestamptz,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    CHECK ((state = 'done') = (done_at IS NOT NULL))
  );
  CREATE INDEX tasks_case ON tasks (case_id);
  CREATE INDEX tasks_open ON tasks (due_at) WHERE state = 'open';`;

const grants = `
  GRANT SELECT, INSERT, UPDATE ON case_numbers, cases, disputes, tasks TO probity_app;
  GRANT SELECT, INSERT ON case_links TO probity_app;
  GRANT SELECT ON case_numbers, cases, disputes, case_links, tasks TO probity_reader;`;

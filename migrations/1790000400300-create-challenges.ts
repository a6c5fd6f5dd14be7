import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Challenges and the counters that protect them. A counter belongs to an account (or, for guests, to
 * the number they claim) and a purpose, never to a code; the row with purpose `*` counts consecutive
 * failures across purposes and methods and carries the lock.
 */
export class CreateChallenges1790000400300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createChallenges);
    await runner.query(createCounters);
    await runner.query(createCountAttempt);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

const createChallenges = `
  CREATE TABLE challenges (
    id                 uuid        NOT NULL PRIMARY KEY,
    session_id         uuid        NOT NULL,
    subject_ref        uuid        NOT NULL,
    counter_scope      bytea       NOT NULL CHECK (octet_length(counter_scope) = 32),
    method             text        NOT NULL CHECK (method IN ('sms', 'email', 'totp', 'recovery-code')),
    purpose            text        NOT NULL,
    resource           text,
    amount_minor       bigint,
    currency           text,
    payee              bytea,
    context_digest     bytea       NOT NULL CHECK (octet_length(context_digest) = 32),
    destination_digest bytea       NOT NULL CHECK (octet_length(destination_digest) = 32),
    claimed_number     bytea,
    code_digest        bytea       NOT NULL CHECK (octet_length(code_digest) = 32),
    state              text        NOT NULL CHECK (state IN ('open', 'verified', 'superseded', 'expired')),
    created_at         timestamptz NOT NULL,
    sent_at            timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    finished_at        timestamptz,
    grant_used_at      timestamptz,
    CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CHECK (expires_at <= created_at + interval '10 minutes')
  );
  -- One question at a time for a session and purpose: a second one answers with the first.
  CREATE UNIQUE INDEX challenges_open ON challenges (session_id, purpose) WHERE state = 'open';
  CREATE INDEX challenges_due ON challenges (expires_at) WHERE state = 'open';

  GRANT SELECT, INSERT, UPDATE, DELETE ON challenges TO probity_app;
  GRANT SELECT (id, session_id, subject_ref, method, purpose, resource, amount_minor, currency, state,
    created_at, sent_at, expires_at, finished_at, grant_used_at) ON challenges TO probity_reader;
`;

const createCounters = `
  CREATE TABLE verification_counters (
    scope           bytea       NOT NULL CHECK (octet_length(scope) = 32),
    purpose         text        NOT NULL,
    attempts        integer     NOT NULL,
    last_attempt_at timestamptz NOT NULL,
    locked_until    timestamptz,
    PRIMARY KEY (scope, purpose)
  );

  GRANT SELECT, INSERT, UPDATE, DELETE ON verification_counters TO probity_app;
  GRANT SELECT ON verification_counters TO probity_reader;
`;

/**
 * Counts one attempt before anything is compared, in one statement that nothing of the caller rolls
 * back. No row: the attempt may not be evaluated (challenge closed, budget of the purpose used up, or
 * account locked).
 */
const createCountAttempt = `
  CREATE FUNCTION count_verification_attempt(
    of_challenge uuid, at timestamptz, limits jsonb
  ) RETURNS TABLE (attempts integer, failures integer, locked_until timestamptz)
  LANGUAGE plpgsql AS $$
  DECLARE
    account verification_counters;
    counted integer;
    of_scope bytea;
    of_purpose text;
  BEGIN
    SELECT c.counter_scope, c.purpose INTO STRICT of_scope, of_purpose FROM challenges c
      WHERE c.id = of_challenge;
    INSERT INTO verification_counters (scope, purpose, attempts, last_attempt_at)
      VALUES (of_scope, '*', 0, at) ON CONFLICT (scope, purpose) DO NOTHING;
    -- The account's row is the lock that all attempts of this account pass one by one.
    SELECT * INTO account FROM verification_counters c
      WHERE c.scope = of_scope AND c.purpose = '*' FOR UPDATE;

    INSERT INTO verification_counters AS c (scope, purpose, attempts, last_attempt_at)
      SELECT of_scope, of_purpose, 1, at FROM challenges ch
      -- Looked at under the lock: a right code that came first has closed the challenge by now.
      WHERE ch.id = of_challenge AND ch.state = 'open' AND ch.expires_at > at
        AND NOT coalesce(account.locked_until > at, false)
      ON CONFLICT (scope, purpose) DO UPDATE SET
        attempts = CASE
          WHEN c.last_attempt_at <= at - make_interval(secs => (limits->>'windowSeconds')::integer) THEN 1
          ELSE c.attempts + 1 END,
        last_attempt_at = at
      WHERE c.attempts < (limits->>'attemptsMax')::integer
         OR c.last_attempt_at <= at - make_interval(secs => (limits->>'windowSeconds')::integer)
      RETURNING c.attempts INTO counted;
    IF counted IS NULL THEN
      -- Written all the same: a commit takes its time, and time would tell what the answer does not.
      UPDATE verification_counters AS c SET purpose = c.purpose WHERE c.scope = of_scope AND c.purpose = '*';
      RETURN;
    END IF;

    RETURN QUERY
      UPDATE verification_counters AS c SET
        attempts = c.attempts + 1,
        last_attempt_at = at,
        locked_until = lock_end(c.attempts + 1, at, limits->'lock')
      WHERE c.scope = of_scope AND c.purpose = '*'
      RETURNING counted, c.attempts, c.locked_until;
  END $$;
  GRANT EXECUTE ON FUNCTION count_verification_attempt TO probity_app;
`;

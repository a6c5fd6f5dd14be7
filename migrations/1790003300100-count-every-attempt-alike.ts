import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An attempt that may not be evaluated writes the same rows as one that may: what was written, and
 * with it the time, would tell a locked number from another.
 */
export class CountEveryAttemptAlike1790003300100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(countAttempt);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

/**
 * Counts one attempt before anything is compared, in one statement that nothing of the caller rolls
 * back. No row: the attempt may not be evaluated (challenge closed, budget of the purpose used up, or
 * account locked). One past its budget leaves the purpose's row at one more than the budget.
 */
const countAttempt = `
  CREATE OR REPLACE FUNCTION count_verification_attempt(
    of_challenge uuid, at timestamptz, limits jsonb
  ) RETURNS TABLE (attempts integer, failures integer, locked_until timestamptz)
  LANGUAGE plpgsql AS $$
  DECLARE
    attempts_max CONSTANT integer := (limits->>'attemptsMax')::integer;
    window_from CONSTANT timestamptz :=
      at - make_interval(secs => (limits->>'windowSeconds')::integer);
    account verification_counters;
    asked challenges;
    may_count boolean;
    counted integer;
  BEGIN
    SELECT * INTO STRICT asked FROM challenges c WHERE c.id = of_challenge;
    INSERT INTO verification_counters (scope, purpose, attempts, last_attempt_at)
      VALUES (asked.counter_scope, '*', 0, at) ON CONFLICT (scope, purpose) DO NOTHING;
    -- The account's row is the lock that all attempts of this account pass one by one.
    SELECT * INTO account FROM verification_counters c
      WHERE c.scope = asked.counter_scope AND c.purpose = '*' FOR UPDATE;
    -- Looked at under the lock: a right code that came first has closed the challenge by now.
    SELECT c.state = 'open' AND c.expires_at > at AND NOT coalesce(account.locked_until > at, false)
      INTO STRICT may_count FROM challenges c WHERE c.id = of_challenge;

    INSERT INTO verification_counters AS c (scope, purpose, attempts, last_attempt_at)
      VALUES (asked.counter_scope, asked.purpose, may_count::integer, at)
      ON CONFLICT (scope, purpose) DO UPDATE SET
        attempts = CASE
          WHEN NOT may_count THEN c.attempts
          WHEN c.last_attempt_at <= window_from THEN 1
          ELSE least(c.attempts, attempts_max) + 1 END,
        last_attempt_at = CASE
          WHEN may_count AND (c.attempts < attempts_max OR c.last_attempt_at <= window_from) THEN at
          ELSE c.last_attempt_at END
      RETURNING c.attempts INTO counted;
    may_count := may_count AND counted <= attempts_max;

    UPDATE verification_counters AS c SET
      attempts = c.attempts + may_count::integer,
      last_attempt_at = CASE WHEN may_count THEN at ELSE c.last_attempt_at END,
      locked_until = CASE WHEN may_count THEN lock_end(c.attempts + 1, at, limits->'lock')
        ELSE c.locked_until END
    WHERE c.scope = asked.counter_scope AND c.purpose = '*'
    RETURNING c.attempts, c.locked_until INTO account.attempts, account.locked_until;
    IF may_count THEN
      RETURN QUERY SELECT counted, account.attempts, account.locked_until;
    END IF;
  END $$;
`;

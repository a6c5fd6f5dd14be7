import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests for somebody's consent, and the votes on them. A vote is never changed. */
export class CreateApprovalRequests1790000300100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE approval_requests (
        id              uuid        NOT NULL PRIMARY KEY,
        action          text        NOT NULL,
        resource_kind   text        NOT NULL,
        resource_id     uuid        NOT NULL,
        case_id         uuid,
        amount_minor    bigint      NOT NULL CHECK (amount_minor > 0),
        aggregate_minor bigint      NOT NULL CHECK (aggregate_minor >= amount_minor),
        currency        text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        category        text,
        requester_id    text        NOT NULL,
        on_behalf_of    text,
        level           text        NOT NULL CHECK (level IN ('L1', 'L2', 'L3', 'L4', 'board')),
        groups          text[]      NOT NULL,
        approvers_min   integer     NOT NULL CHECK (approvers_min > 0),
        rule            text        NOT NULL,
        policy_version  text        NOT NULL,
        policy_digest   text        NOT NULL,
        state           text        NOT NULL CHECK (state IN ('requested', 'partially_approved', 'approved',
                                      'executed', 'rejected', 'expired', 'withdrawn', 'superseded')),
        version         integer     NOT NULL CHECK (version > 0),
        created_at      timestamptz NOT NULL,
        expires_at      timestamptz NOT NULL,
        decided_at      timestamptz,
        claimed_at      timestamptz,
        executed_at     timestamptz
      );
      CREATE UNIQUE INDEX approval_requests_open_resource
        ON approval_requests (resource_kind, resource_id)
        WHERE state IN ('requested', 'partially_approved', 'approved');
      CREATE INDEX approval_requests_by_state ON approval_requests (state, id);
      CREATE INDEX approval_requests_by_case ON approval_requests (case_id);

      CREATE TABLE approval_votes (
        id          uuid        NOT NULL PRIMARY KEY,
        request_id  uuid        NOT NULL REFERENCES approval_requests (id),
        voter_id    text        NOT NULL,
        person_id   text        NOT NULL,
        level       text        CHECK (level IN ('L1', 'L2', 'L3', 'L4', 'board')),
        groups      text[]      NOT NULL,
        decision    text        NOT NULL CHECK (decision IN ('approve', 'reject')),
        reason      text        NOT NULL CHECK (length(reason) <= 1000),
        created_at  timestamptz NOT NULL,
        UNIQUE (request_id, person_id)
      );

      CREATE FUNCTION refuse_approval_vote_change() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'approval_votes is append-only' USING ERRCODE = '42501';
        END
        $$;
      CREATE TRIGGER approval_votes_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_votes
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_approval_vote_change();

      GRANT SELECT, INSERT, UPDATE ON approval_requests TO probity_app;
      GRANT SELECT, INSERT ON approval_votes TO probity_app;
      GRANT SELECT ON approval_requests, approval_votes TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

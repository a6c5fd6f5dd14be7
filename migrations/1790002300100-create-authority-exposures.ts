import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was moved within whose limits, so that a sum over cases is one read of an index; and what a
 * refund needs to be judged again: its kind, the fee it reverses and who is linked to its customer.
 */
export class CreateAuthorityExposures1790002300100 implements MigrationInterface {
  readonly name = 'CreateAuthorityExposures1790002300100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE authority_exposures (
        id uuid PRIMARY KEY,
        action text NOT NULL,
        case_id text NOT NULL,
        customer_ref text NOT NULL,
        beneficiary text,
        agent_id text NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL,
        at timestamptz NOT NULL
      );
      CREATE INDEX authority_exposures_case ON authority_exposures (case_id, at);
      CREATE INDEX authority_exposures_customer ON authority_exposures (customer_ref, at);
      CREATE INDEX authority_exposures_beneficiary ON authority_exposures (beneficiary, at);
      CREATE INDEX authority_exposures_agent ON authority_exposures (agent_id, at);
      GRANT SELECT, INSERT ON authority_exposures TO probity_app;
      GRANT SELECT ON authority_exposures TO probity_reader;

      INSERT INTO authority_exposures
      SELECT r.id, 'refund.create', r.case_id::text, c.subject_ref::text, r.account_id::text,
        r.requested_by, r.amount_minor, r.currency, r.requested_at
      FROM refunds r JOIN cases c ON c.id = r.case_id
      WHERE r.state IN ('executing', 'executed');

      ALTER TABLE refunds
        ADD COLUMN kind text NOT NULL DEFAULT 'refund' CHECK (kind IN ('refund', 'fee-reversal')),
        ADD COLUMN fee_transaction_id text,
        ADD COLUMN linked_refs uuid[] NOT NULL DEFAULT '{}',
        ADD COLUMN agent_id text;
      UPDATE refunds SET agent_id = requested_by;
      ALTER TABLE refunds
        ALTER COLUMN agent_id SET NOT NULL,
        ADD CHECK ((kind = 'fee-reversal') = (fee_transaction_id IS NOT NULL));
      CREATE INDEX refunds_fee ON refunds (fee_transaction_id) WHERE fee_transaction_id IS NOT NULL;
      CREATE INDEX refunds_requested ON refunds (requested_at);
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

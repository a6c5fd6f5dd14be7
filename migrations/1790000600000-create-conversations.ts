import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Conversations, their messages (text sealed under the person's key), what waits for a code, and hand-offs. */
export class CreateConversations1790000600000 implements MigrationInterface {
  readonly name = 'CreateConversations1790000600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE conversations (
        id uuid PRIMARY KEY,
        subject_ref uuid NOT NULL,
        owner_kind text NOT NULL CHECK (owner_kind IN ('customer', 'guest')),
        channel text NOT NULL CHECK (channel IN ('chat', 'email', 'phone', 'sms')),
        state text NOT NULL CHECK (state IN
          ('open', 'awaiting_verification', 'in_progress', 'handed_off', 'resolved', 'closed')),
        case_id uuid,
        awaiting_field text,
        last_seq integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      );
      CREATE INDEX conversations_subject ON conversations (subject_ref, created_at);

      CREATE TABLE messages (
        id uuid PRIMARY KEY,
        conversation_id uuid NOT NULL REFERENCES conversations (id),
        seq integer NOT NULL,
        direction text NOT NULL CHECK (direction IN ('in', 'out')),
        text bytea NOT NULL,
        redactions jsonb NOT NULL,
        intent text,
        confidence double precision,
        outcome text,
        code text,
        template_id text,
        template_version text,
        discloses boolean NOT NULL,
        created_at timestamptz NOT NULL,
        UNIQUE (conversation_id, seq)
      );

      CREATE TABLE pending_intents (
        message_id uuid PRIMARY KEY REFERENCES messages (id),
        conversation_id uuid NOT NULL REFERENCES conversations (id),
        challenge_id uuid NOT NULL,
        intent text NOT NULL,
        topic text NOT NULL,
        state text NOT NULL CHECK (state IN ('pending', 'resumed', 'abandoned')),
        created_at timestamptz NOT NULL
      );
      CREATE INDEX pending_intents_challenge ON pending_intents (challenge_id) WHERE state = 'pending';
      CREATE INDEX pending_intents_conversation ON pending_intents (conversation_id) WHERE state = 'pending';

      CREATE TABLE hand_offs (
        id uuid PRIMARY KEY,
        conversation_id uuid NOT NULL REFERENCES conversations (id),
        case_id uuid,
        reason text NOT NULL,
        queue text NOT NULL,
        state text NOT NULL CHECK (state IN ('waiting', 'taken')),
        created_at timestamptz NOT NULL
      );
      CREATE INDEX hand_offs_waiting ON hand_offs (queue, created_at) WHERE state = 'waiting';

      GRANT SELECT, INSERT, UPDATE ON conversations, pending_intents, hand_offs TO probity_app;
      GRANT SELECT, INSERT ON messages TO probity_app;
      GRANT SELECT ON conversations, messages, pending_intents, hand_offs TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

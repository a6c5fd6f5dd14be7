/**
 * The sandbox bank's own tables, in a schema of its own. They stand for a system that is not ours:
 * no migration knows them, and nothing of the product is stored here. Card numbers and passcodes lie
 * as keyed digests only.
 */
export const sandboxSchema = `
  CREATE SCHEMA IF NOT EXISTS bank;
  CREATE TABLE IF NOT EXISTS bank.customers (
    customer_number text PRIMARY KEY,
    passcode_digest bytea NOT NULL,
    name text NOT NULL,
    phone text,
    email text,
    city text,
    country_code text NOT NULL,
    time_zone text NOT NULL,
    customer_since_on date NOT NULL
  );
  CREATE TABLE IF NOT EXISTS bank.accounts (
    id uuid PRIMARY KEY,
    customer_number text NOT NULL REFERENCES bank.customers,
    kind text NOT NULL,
    number text NOT NULL,
    currency text NOT NULL,
    available_minor bigint NOT NULL,
    current_minor bigint NOT NULL,
    first_deposit_on date
  );
  CREATE INDEX IF NOT EXISTS accounts_customer ON bank.accounts (customer_number);
  CREATE TABLE IF NOT EXISTS bank.transactions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES bank.accounts,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    posted_on date NOT NULL,
    merchant text NOT NULL,
    amount_minor bigint NOT NULL,
    kind text NOT NULL,
    card_last_four text,
    location text,
    country_code text
  );
  CREATE INDEX IF NOT EXISTS transactions_newest
    ON bank.transactions (account_id, posted_on DESC, seq DESC);
  CREATE TABLE IF NOT EXISTS bank.cards (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES bank.accounts,
    customer_number text NOT NULL REFERENCES bank.customers,
    token bytea NOT NULL UNIQUE,
    last_four text NOT NULL,
    kind text NOT NULL
  );
  CREATE INDEX IF NOT EXISTS cards_customer ON bank.cards (customer_number);
  -- A card is blocked while a block of it stands, so that a release undoes its own block only and
  -- a repeated call changes nothing.
  CREATE TABLE IF NOT EXISTS bank.card_blocks (
    containment_id uuid PRIMARY KEY,
    card_id uuid NOT NULL REFERENCES bank.cards,
    blocked_at timestamptz NOT NULL,
    released_at timestamptz
  );
  CREATE INDEX IF NOT EXISTS card_blocks_standing
    ON bank.card_blocks (card_id) WHERE released_at IS NULL;
  CREATE TABLE IF NOT EXISTS bank.refunds (
    refund_id uuid PRIMARY KEY,
    booking_id uuid NOT NULL UNIQUE,
    account_id uuid NOT NULL REFERENCES bank.accounts,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    booked_at timestamptz NOT NULL
  );
  -- Linked both ways: a household has one row for each pair.
  CREATE TABLE IF NOT EXISTS bank.customer_links (
    customer_number text NOT NULL REFERENCES bank.customers,
    linked_number text NOT NULL REFERENCES bank.customers,
    PRIMARY KEY (customer_number, linked_number),
    CHECK (customer_number <> linked_number)
  );
  CREATE TABLE IF NOT EXISTS bank.billing_cycles (
    account_id uuid NOT NULL REFERENCES bank.accounts,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    PRIMARY KEY (account_id, starts_on)
  );
`;

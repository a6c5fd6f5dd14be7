import type { Pool, PoolClient } from 'pg';

import type { KeyStore } from '../platform/index.js';
import type { SandboxCustomer } from './sandbox-data.js';
import { sandboxSchema } from './sandbox-schema.js';

const lockNumber = 7_762_489_101;
const cyclesBehind = 4;
const cyclesAhead = 24;

/** What stands for a card number in the bank's tables. */
export function cardTokenOf(keys: KeyStore, pan: string): Buffer {
  return keys.mac('card', `card/v1\n${pan.replace(/\D/g, '')}`);
}

/** What stands for a passcode in the bank's tables; it is bound to its customer number. */
export function passcodeDigestOf(keys: KeyStore, customerNumber: string, passcode: string): Buffer {
  return keys.mac('blind-index', `sandbox-passcode/v1\n${customerNumber}\n${passcode}`);
}

/** What the bank is set up with. */
export interface Making {
  readonly keys: KeyStore;
  readonly now: Date;
  readonly people: readonly SandboxCustomer[];
}

/**
 * Creates the sandbox bank's tables and people where they are missing; dates count back from the day
 * they are made. Idempotent, and safe for several processes that start together. Digests are written
 * anew each time, so that the demo's cards and passcodes fit the key store at hand.
 */
export async function setUpSandbox(pool: Pool, making: Making): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockNumber]);
    await client.query(sandboxSchema);
    for (const customer of making.people) await writeCustomer(client, customer, making);
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function writeCustomer(
  client: PoolClient,
  customer: SandboxCustomer,
  { keys, now }: Making,
): Promise<void> {
  const { customerNumber, account } = customer;
  await client.query(
    `INSERT INTO bank.customers VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::date)
     ON CONFLICT (customer_number) DO UPDATE SET passcode_digest = EXCLUDED.passcode_digest`,
    [
      customerNumber,
      passcodeDigestOf(keys, customerNumber, customer.passcode),
      customer.name,
      customer.phone,
      customer.email,
      customer.city,
      customer.countryCode,
      customer.timeZone,
      customer.customerSinceYears === 0
        ? dayBefore(now, account.firstDepositDaysAgo ?? 0)
        : dayBefore(now, Math.round(customer.customerSinceYears * 365.25)),
    ],
  );
  const { rowCount } = await client.query(
    `INSERT INTO bank.accounts VALUES ($1, $2, $3, $4, $5, $6, $6, $7::date)
     ON CONFLICT (id) DO NOTHING`,
    [
      account.id,
      customerNumber,
      account.kind,
      account.number,
      account.currency,
      account.balanceMinor,
      account.firstDepositDaysAgo === null ? null : dayBefore(now, account.firstDepositDaysAgo),
    ],
  );
  await writeCard(client, customer, keys);
  if (rowCount === 0) return;
  await writeTransactions(client, customer, now);
  await writeBillingCycles(client, customer, now);
}

async function writeCard(
  client: PoolClient,
  { customerNumber, account }: SandboxCustomer,
  keys: KeyStore,
): Promise<void> {
  if (!account.card) return;
  const { id, kind, number } = account.card;
  await client.query(
    `INSERT INTO bank.cards VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO UPDATE SET token = EXCLUDED.token`,
    [id, account.id, customerNumber, cardTokenOf(keys, number), number.slice(-4), kind],
  );
}

async function writeTransactions(
  client: PoolClient,
  { account }: SandboxCustomer,
  now: Date,
): Promise<void> {
  const prefix = account.id.slice(0, -12);
  // Oldest first, so that the sequence ascends with time.
  for (const [index, row] of account.transactions.toReversed().entries()) {
    await client.query(
      `INSERT INTO bank.transactions
         (id, account_id, posted_on, merchant, amount_minor, kind, card_last_four, location, country_code)
       VALUES ($1, $2, $3::date, $4, $5, $6, $7, $8, $9)`,
      [
        `${prefix}${String(index + 1).padStart(12, '0')}`,
        account.id,
        dayBefore(now, row.daysAgo),
        row.merchant,
        row.amountMinor,
        row.kind,
        row.withCard ? (account.card?.number.slice(-4) ?? null) : null,
        row.location,
        row.countryCode,
      ],
    );
  }
}

async function writeBillingCycles(
  client: PoolClient,
  { account }: SandboxCustomer,
  now: Date,
): Promise<void> {
  const day = account.cycleEndsOnDay;
  if (day === null) return;
  for (let month = -cyclesBehind; month < cyclesAhead; month += 1) {
    const endsOn = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + month, day));
    const startsOn = new Date(
      Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + month - 1, day + 1),
    );
    await client.query('INSERT INTO bank.billing_cycles VALUES ($1, $2::date, $3::date)', [
      account.id,
      dateOf(startsOn),
      dateOf(endsOn),
    ]);
  }
}

function dayBefore(now: Date, days: number): string {
  const day = new Date(now);
  day.setUTCDate(day.getUTCDate() - days);
  return dateOf(day);
}

function dateOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

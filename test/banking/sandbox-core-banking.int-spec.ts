import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { BankUnavailable } from '../../src/banking/index.js';
import { SandboxCoreBanking } from '../../src/banking/sandbox-core-banking.js';
import {
  BankPool,
  Config,
  FileKeyStore,
  formatMoney,
  loadConfig,
  SimulatedClock,
} from '../../src/platform/index.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

const janesAccount = '10000100-0000-4000-8000-000000000001';
const containmentId = '7d3f2c1a-0000-4000-8000-000000000001';
const refundId = '7d3f2c1a-0000-4000-8000-000000000002';

describe('SandboxCoreBanking', () => {
  let database: TestDatabase;
  let directory: string;
  let pool: BankPool;
  let keys: FileKeyStore;
  let bank: SandboxCoreBanking;
  let admin: Client;
  let config: Config;

  beforeAll(async () => {
    database = await openTestDatabase();
    directory = await mkdtemp(join(tmpdir(), 'probity-bank-'));
    keys = await FileKeyStore.open({ directory, masterKey: null, production: false });
    pool = new BankPool({ connectionString: database.urls.bank.reveal(), max: 4 });
    config = loadConfig(database.env);
    const clock = new SimulatedClock(new Date('2026-11-21T12:00:00Z'));
    bank = new SandboxCoreBanking(pool, keys, clock, config);
    admin = new Client({ connectionString: database.urls.bankSuperuser.reveal() });
    await admin.connect();
  });

  afterAll(async () => {
    await pool.end();
    await admin.end();
    await database.close();
    await rm(directory, { recursive: true });
  });

  it('has no people whose passcodes everybody knows where there are no demo accounts', async () => {
    const bare = loadConfig({ ...database.env, PROBITY_DEMO_ACCOUNTS: 'false' });
    const empty = new SandboxCoreBanking(pool, keys, new SimulatedClock(), bare);
    expect(await empty.verifyPasscode('100001', '246810')).toBe(false);
    expect(await empty.findCustomer('100001')).toBeNull();
  });

  it('shows Jane 2,450.32 and her five newest transactions, newest first, one a day', async () => {
    const statement = await bank.readStatement('100001', janesAccount, 5);
    const shown = statement!.transactions.map(({ postedOn, merchant, amount }) => [
      postedOn,
      merchant,
      formatMoney(amount.amountMinor, amount.currency).amount,
    ]);
    expect(statement!.balance).toEqual({
      available: { amountMinor: 245_032n, currency: 'USD' },
      current: { amountMinor: 245_032n, currency: 'USD' },
    });
    expect(shown).toEqual([
      ['2026-11-20', 'Grocery Store', '-45.67'],
      ['2026-11-19', 'Gas Station', '-52.00'],
      ['2026-11-18', 'Restaurant', '-89.50'],
      ['2026-11-17', 'Online Shopping', '-234.99'],
      ['2026-11-16', 'Electric Bill', '-120.00'],
    ]);
  });

  it('knows the charge from Las Vegas by amount and by merchant', async () => {
    const byAmount = await bank.findTransactions('100001', {
      amount: { amountMinor: 50_000n, currency: 'USD' },
      limit: 5,
    });
    const byMerchant = await bank.findTransactions('100001', { merchant: 'onlinestore', limit: 5 });
    expect(byAmount).toEqual(byMerchant);
    expect(byAmount).toMatchObject([
      {
        merchant: 'OnlineStore.com',
        location: 'Las Vegas, Nevada',
        kind: 'card',
        cardLastFour: '1234',
      },
    ]);
  });

  it('pages through transactions without gap or repetition', async () => {
    const first = await bank.listTransactions('100001', janesAccount, { limit: 4 });
    const rest = await bank.listTransactions('100001', janesAccount, {
      limit: 4,
      after: first.at(-1)!.id,
    });
    expect([...first, ...rest].map(({ merchant }) => merchant)).toEqual([
      'Grocery Store',
      'Gas Station',
      'Restaurant',
      'Online Shopping',
      'Electric Bill',
      'OnlineStore.com',
    ]);
  });

  it('answers another customer’s account like one that does not exist', async () => {
    expect(await bank.findAccount('100002', janesAccount)).toBeNull();
    expect(await bank.readStatement('100002', janesAccount, 5)).toBeNull();
    expect(await bank.listTransactions('100002', janesAccount, { limit: 5 })).toEqual([]);
  });

  it('compares passcodes of known and unknown customers', async () => {
    expect(await bank.verifyPasscode('100001', '246810')).toBe(true);
    expect(await bank.verifyPasscode('100001', '135791')).toBe(false);
    expect(await bank.verifyPasscode('999999', '246810')).toBe(false);
  });

  it('has first deposit, country and cycles where a legal clock needs them', async () => {
    const [mei] = await bank.listAccounts('100003');
    const [noah] = await bank.listAccounts('100006');
    const cycles = await bank.listBillingCycles(noah!.id, '2026-11-21');
    expect(mei).toMatchObject({ firstDepositOn: '2026-11-09', countryCode: 'US' });
    expect(await bank.findTransactions('100003', { merchant: 'Camera', limit: 1 })).toMatchObject([
      { kind: 'pos-debit', countryCode: 'CA' },
    ]);
    expect(await bank.listAccounts('100004')).toMatchObject([
      { currency: 'EUR', countryCode: 'DE' },
    ]);
    expect(
      await bank.findTransactions('100005', {
        amount: { amountMinor: 900_000n, currency: 'GBP' },
        limit: 1,
      }),
    ).toMatchObject([{ kind: 'transfer' }]);
    expect(cycles.slice(0, 2)).toEqual([
      { startsOn: '2026-11-16', endsOn: '2026-12-15' },
      { startsOn: '2026-12-16', endsOn: '2027-01-15' },
    ]);
  });

  it('finds a card by its number’s token and by number and last four, and stores no number', async () => {
    const token = bank.cardTokenOf('4000 0000 0008 1234');
    const card = await bank.findCardByToken(token);
    const { rows } = await admin.query<{ row: string }>('SELECT k::text AS row FROM bank.cards k');
    expect(card).toMatchObject({ customerNumber: '100001', lastFour: '1234', state: 'active' });
    expect(await bank.findCardByLastFour('100001', '1234')).toEqual(card);
    expect(await bank.findCardByLastFour('100002', '1234')).toBeNull();
    expect(rows.map(({ row }) => row).join()).not.toContain('4000000000081234');
  });

  it('blocks once per containment and is open again when that block is released', async () => {
    const card = (await bank.findCardByLastFour('100001', '1234'))!;
    await bank.blockCard(card.id, containmentId);
    await bank.blockCard(card.id, containmentId);
    expect(await bank.listCards('100001')).toMatchObject([{ state: 'blocked' }]);
    await bank.releaseCard(card.id, containmentId);
    await bank.blockCard(card.id, containmentId);
    expect(await bank.listCards('100001')).toMatchObject([{ state: 'active' }]);
  });

  it('does not block for a containment whose release came first', async () => {
    const card = (await bank.findCardByLastFour('100001', '1234'))!;
    const late = '7d3f2c1a-0000-4000-8000-000000000003';
    await bank.releaseCard(card.id, late);
    await bank.blockCard(card.id, late);
    expect(await bank.listCards('100001')).toMatchObject([{ state: 'active' }]);
  });

  it('books a refund once, however often and however parallel it is asked', async () => {
    const [account] = await bank.listAccounts('100002');
    const instruction = {
      refundId,
      kind: 'refund' as const,
      accountId: account!.id,
      amount: { amountMinor: 12_345n, currency: 'USD' },
    };
    const bookings = await Promise.all(
      Array.from({ length: 8 }, () => bank.executeRefund(instruction)),
    );
    const statement = await bank.readStatement('100002', account!.id, 1);
    expect(new Set(bookings.map(({ bookingId }) => bookingId)).size).toBe(1);
    expect(statement!.balance.current.amountMinor).toBe(118_775n + 12_345n);
    expect(statement!.transactions).toMatchObject([{ merchant: 'Refund' }]);
  });

  it('is set up once by processes that start together', async () => {
    const others = Array.from(
      { length: 3 },
      () => new SandboxCoreBanking(pool, keys, new SimulatedClock(), config),
    );
    await Promise.all(others.map((other) => other.onApplicationBootstrap()));
    expect(await bank.listTransactions('100001', janesAccount, { limit: 50 })).toHaveLength(6);
  });

  it('is unavailable, not wrong, while it answers with faults, and recovers', async () => {
    await admin.query('ALTER SCHEMA bank RENAME TO bank_down');
    await expect(bank.listCards('100001')).rejects.toBeInstanceOf(BankUnavailable);
    expect(await bank.isHealthy()).toBe(true);
    await admin.query('ALTER SCHEMA bank_down RENAME TO bank');
    expect(await bank.listCards('100001')).toHaveLength(1);
  });

  it('is unavailable when nobody listens, and set up by the first call that gets through', async () => {
    const nowhere = new BankPool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 500 });
    const silent = new SandboxCoreBanking(nowhere, keys, new SimulatedClock(), config);
    await silent.onApplicationBootstrap();
    await expect(silent.findCustomer('100001')).rejects.toBeInstanceOf(BankUnavailable);
    expect(await silent.isHealthy()).toBe(false);
    await nowhere.end();
  });
});

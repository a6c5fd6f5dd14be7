import type { BankAccount, BankCard, BankCustomer, BankTransaction } from './core-banking.port.js';

/** A transaction as the demo tells it: how many days before the bank opened, in minor units. */
export interface SandboxTransaction extends Pick<
  BankTransaction,
  'merchant' | 'kind' | 'location' | 'countryCode'
> {
  readonly daysAgo: number;
  readonly amountMinor: number;
  readonly withCard: boolean;
}

export interface SandboxAccount extends Pick<BankAccount, 'id' | 'kind' | 'number' | 'currency'> {
  readonly balanceMinor: number;
  readonly firstDepositDaysAgo: number | null;
  /** Test numbers of no issuer. */
  readonly card: (Pick<BankCard, 'id' | 'kind'> & { readonly number: string }) | null;
  /** Day of the month on which statements close; null for other than credit accounts. */
  readonly cycleEndsOnDay: number | null;
  /** Newest first. */
  readonly transactions: readonly SandboxTransaction[];
}

export interface SandboxCustomer extends Omit<BankCustomer, 'customerSinceOn'> {
  readonly passcode: string;
  readonly city: string;
  readonly customerSinceYears: number;
  readonly account: SandboxAccount;
}

type Booking = Partial<Omit<SandboxTransaction, 'daysAgo' | 'merchant' | 'amountMinor'>>;

/** A transaction at home without a card, unless told otherwise. */
function booked(
  daysAgo: number,
  [merchant, amountMinor]: readonly [string, number],
  more: Booking = {},
): SandboxTransaction {
  return {
    daysAgo,
    merchant,
    amountMinor,
    kind: 'ach',
    location: null,
    countryCode: 'US',
    withCard: false,
    ...more,
  };
}

const byCard = { kind: 'card', withCard: true } as const;

const jane: SandboxCustomer = {
  customerNumber: '100001',
  passcode: '246810',
  name: 'Jane Doe',
  phone: '+14155550134',
  email: 'jane.doe@example.com',
  city: 'San Francisco, California',
  countryCode: 'US',
  timeZone: 'America/Los_Angeles',
  customerSinceYears: 5,
  account: {
    id: '10000100-0000-4000-8000-000000000001',
    kind: 'checking',
    number: '0007412356',
    currency: 'USD',
    balanceMinor: 245_032,
    firstDepositDaysAgo: 1826,
    card: { id: '10000100-0000-4000-8000-00000000ca4d', kind: 'debit', number: '4000000000081234' },
    cycleEndsOnDay: null,
    transactions: [
      booked(1, ['Grocery Store', -4_567], { ...byCard, location: 'San Francisco, California' }),
      booked(2, ['Gas Station', -5_200], { ...byCard, location: 'San Francisco, California' }),
      booked(3, ['Restaurant', -8_950], { ...byCard, location: 'San Francisco, California' }),
      booked(4, ['Online Shopping', -23_499], byCard),
      booked(5, ['Electric Bill', -12_000]),
      booked(6, ['OnlineStore.com', -50_000], { ...byCard, location: 'Las Vegas, Nevada' }),
    ],
  },
};

const juan: SandboxCustomer = {
  customerNumber: '100002',
  passcode: '135791',
  name: 'Juan Pérez',
  phone: '+14155550178',
  email: 'juan.perez@example.com',
  city: 'Oakland, California',
  countryCode: 'US',
  timeZone: 'America/Los_Angeles',
  customerSinceYears: 3,
  account: {
    id: '10000200-0000-4000-8000-000000000001',
    kind: 'checking',
    number: '0007418890',
    currency: 'USD',
    balanceMinor: 118_775,
    firstDepositDaysAgo: 1096,
    card: null,
    cycleEndsOnDay: null,
    transactions: [
      booked(2, ['Payroll', 164_000], { kind: 'credit' }),
      booked(3, ['Rent', -95_000]),
      booked(6, ['Overdraft Fee', -3_500], { kind: 'fee' }),
      booked(8, ['Water Bill', -3_810]),
    ],
  },
};

const mei: SandboxCustomer = {
  customerNumber: '100003',
  passcode: '112358',
  name: 'Mei Chen',
  phone: '+14155550163',
  email: 'mei.chen@example.com',
  city: 'Seattle, Washington',
  countryCode: 'US',
  timeZone: 'America/Los_Angeles',
  customerSinceYears: 0,
  account: {
    id: '10000300-0000-4000-8000-000000000001',
    kind: 'checking',
    number: '0007420077',
    currency: 'USD',
    balanceMinor: 176_040,
    firstDepositDaysAgo: 12,
    card: { id: '10000300-0000-4000-8000-00000000ca4d', kind: 'debit', number: '4000000000035677' },
    cycleEndsOnDay: null,
    transactions: [
      booked(3, ['Camera Shop', -23_960], {
        kind: 'pos-debit',
        withCard: true,
        location: 'Vancouver, British Columbia',
        countryCode: 'CA',
      }),
      booked(12, ['Opening deposit', 200_000], { kind: 'credit' }),
    ],
  },
};

const lukas: SandboxCustomer = {
  customerNumber: '100004',
  passcode: '314159',
  name: 'Lukas Weber',
  phone: '+4915155501622',
  email: 'lukas.weber@example.com',
  city: 'Berlin',
  countryCode: 'DE',
  timeZone: 'Europe/Berlin',
  customerSinceYears: 4,
  account: {
    id: '10000400-0000-4000-8000-000000000001',
    kind: 'checking',
    number: 'DE89370400440532013000',
    currency: 'EUR',
    balanceMinor: 312_450,
    firstDepositDaysAgo: 1461,
    card: { id: '10000400-0000-4000-8000-00000000ca4d', kind: 'debit', number: '4000000000042913' },
    cycleEndsOnDay: null,
    transactions: [
      booked(2, ['Elektronik Versand', -34_900], { ...byCard, countryCode: 'DE' }),
      booked(4, ['Stadtwerke', -8_720], { countryCode: 'DE' }),
      booked(7, ['Gehalt', 285_000], { kind: 'credit', countryCode: 'DE' }),
    ],
  },
};

const olivia: SandboxCustomer = {
  customerNumber: '100005',
  passcode: '271828',
  name: 'Olivia Smith',
  phone: '+447700900145',
  email: 'olivia.smith@example.com',
  city: 'Leeds',
  countryCode: 'GB',
  timeZone: 'Europe/London',
  customerSinceYears: 6,
  account: {
    id: '10000500-0000-4000-8000-000000000001',
    kind: 'checking',
    number: '55779914',
    currency: 'GBP',
    balanceMinor: 61_205,
    firstDepositDaysAgo: 2191,
    card: null,
    cycleEndsOnDay: null,
    transactions: [
      booked(2, ['Harbour Investments', -900_000], { kind: 'transfer', countryCode: 'GB' }),
      booked(5, ['Council Tax', -15_640], { countryCode: 'GB' }),
      booked(9, ['Salary', 268_000], { kind: 'credit', countryCode: 'GB' }),
    ],
  },
};

const noah: SandboxCustomer = {
  customerNumber: '100006',
  passcode: '161803',
  name: 'Noah Brown',
  phone: '+14155550187',
  email: 'noah.brown@example.com',
  city: 'Austin, Texas',
  countryCode: 'US',
  timeZone: 'America/Chicago',
  customerSinceYears: 2,
  account: {
    id: '10000600-0000-4000-8000-000000000001',
    kind: 'credit-card',
    number: '0009930082',
    currency: 'USD',
    balanceMinor: -86_412,
    firstDepositDaysAgo: null,
    card: {
      id: '10000600-0000-4000-8000-00000000ca4d',
      kind: 'credit',
      number: '5555550000006082',
    },
    cycleEndsOnDay: 15,
    transactions: [
      booked(3, ['Furniture Outlet', -64_900], byCard),
      booked(10, ['Streaming Service', -1_599], byCard),
      booked(21, ['Payment received', 30_000], { kind: 'credit' }),
    ],
  },
};

/** The people of the demo and what the bank knows of them. */
export const sandboxCustomers: readonly SandboxCustomer[] = [jane, juan, mei, lukas, olivia, noah];

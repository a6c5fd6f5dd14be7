import type { SandboxCustomer } from './sandbox-data.js';

const firstNumber = 500_000;
const firstPasscode = 100_000;
const countMax = 10_000;

/**
 * So many customers beyond those of the demo, all alike but for number, phone and account: where one
 * is answered otherwise than another, it is not for who they are.
 *
 * @param count at most 10,000.
 */
export function makeSandboxCrowd(count: number): readonly SandboxCustomer[] {
  if (count > countMax) throw new Error(`At most ${String(countMax)} customers are made`);
  return Array.from({ length: count }, (_, index) => makeCustomer(index));
}

function makeCustomer(index: number): SandboxCustomer {
  const digits = String(index).padStart(6, '0');
  return {
    customerNumber: String(firstNumber + index),
    passcode: String(firstPasscode + index),
    name: `Customer ${digits}`,
    phone: `+1202${digits.padStart(7, '5')}`,
    email: `customer-${digits}@example.com`,
    city: 'Springfield',
    countryCode: 'US',
    timeZone: 'America/Chicago',
    customerSinceYears: 2,
    account: {
      id: `50${digits}-0000-4000-8000-000000000001`,
      kind: 'checking',
      number: `77${digits}`,
      currency: 'USD',
      balanceMinor: 100_000,
      firstDepositDaysAgo: 730,
      card: null,
      cycleEndsOnDay: null,
      transactions: [],
    },
  };
}

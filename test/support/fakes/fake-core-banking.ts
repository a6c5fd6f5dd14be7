import { type BankCustomer, BankUnavailable, CoreBanking } from '../../../src/banking/index.js';

/** A customer of the fake bank, with the passcode of their login. */
export interface FakeCustomer {
  readonly customerNumber: string;
  readonly passcode: string;
  readonly phone: string | null;
  readonly email?: string | null;
}

/** A bank of a few customers that can fall silent, for what needs no accounts. */
export class FakeCoreBanking extends CoreBanking {
  isSilent = false;
  /** How often a passcode was compared. */
  comparisons = 0;
  readonly #customers = new Map<string, FakeCustomer>();

  add(customer: FakeCustomer): void {
    this.#customers.set(customer.customerNumber, customer);
  }

  override async verifyPasscode(customerNumber: string, passcode: string): Promise<boolean> {
    this.#assertAnswers();
    this.comparisons += 1;
    return Promise.resolve(this.#customers.get(customerNumber)?.passcode === passcode);
  }

  override async findCustomer(customerNumber: string): Promise<BankCustomer | null> {
    this.#assertAnswers();
    const customer = this.#customers.get(customerNumber);
    if (!customer) return Promise.resolve(null);
    return Promise.resolve({
      customerNumber,
      name: 'A customer',
      phone: customer.phone,
      email: customer.email ?? null,
      countryCode: 'US',
      timeZone: 'America/Los_Angeles',
      customerSinceOn: '2020-01-01',
    });
  }

  override listAccounts = notHere;
  override findAccount = notHere;
  override readStatement = notHere;
  override listTransactions = notHere;
  override findTransactions = notHere;
  override listCards = notHere;
  override listBillingCycles = notHere;
  override findCardByToken = notHere;
  override findCardByLastFour = notHere;
  override blockCard = notHere;
  override releaseCard = notHere;
  override executeRefund = notHere;
  override listLinkedCustomers = notHere;
  override findRefundBookings = notHere;
  override listRefundBookings = notHere;

  override cardTokenOf(): Buffer {
    throw new Error('The fake bank keeps no cards');
  }

  override isHealthy(): Promise<boolean> {
    return Promise.resolve(!this.isSilent);
  }

  #assertAnswers(): void {
    if (this.isSilent) throw new BankUnavailable();
  }
}

/** This bank keeps no accounts: a spec that needs them takes the sandbox. */
function notHere(): Promise<never> {
  return Promise.reject(new Error('The fake bank keeps no accounts'));
}

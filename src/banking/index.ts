/**
 * The bank's core system behind a port, and the accounts that customers may see of it. It keeps no
 * copy of what the bank knows, shows account numbers masked only, and shows nothing before the event
 * that says so has committed.
 */
export {
  balanceFields,
  type BalanceView,
  balanceView,
  transactionFields,
  type TransactionView,
  transactionView,
} from './account-view.js';
export { accountBalanceDisclosed } from './banking.events.js';
export { BankingModule } from './banking.module.js';
export * from './core-banking.port.js';
export { GetBalance } from './get-balance.query.js';
export { makeSandboxCrowd } from './sandbox-crowd.js';
export { setUpSandbox } from './sandbox-setup.js';

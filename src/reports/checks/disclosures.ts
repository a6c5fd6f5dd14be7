/** The events that tell of data shown to somebody. */
export const disclosureTypes = [
  'account.balance_disclosed',
  'account.list_disclosed',
  'account.statement_disclosed',
  'account.transactions_disclosed',
  'case.disclosed',
  'case.list_disclosed',
  'conversation.read',
  'dispute.transaction_disclosed',
] as const;

/** Names of disclosed fields that are account data: for customers they need `aal2`. */
export function isAccountField(field: string): boolean {
  return /^(account|balance|transaction)\./.test(field);
}

const mask = '**';
const maskedDigits = 2;
const cardDigits = 4;

/** The last two digits of an account number or IBAN: `**56`. */
export function maskAccountNumber(accountNumber: string): string {
  return mask + tailOf(accountNumber.replace(/[^0-9A-Za-z]/g, ''), maskedDigits);
}

/** The last two digits of a telephone number: `**34`. */
export function maskPhone(phone: string): string {
  return mask + tailOf(phone.replace(/\D/g, ''), maskedDigits);
}

/** The last four digits of a card, the most that may be shown with no BIN (PCI DSS 4.0.1, 3.4.1). */
export function maskCard(cardNumber: string): string {
  return mask + tailOf(cardNumber.replace(/\D/g, ''), cardDigits);
}

/** The first letter and the domain's last label: `j**@**.com`. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 1) return mask;
  const first = String.fromCodePoint(email.codePointAt(0) ?? 0);
  const dot = email.lastIndexOf('.');
  return `${first}${mask}@${mask}${dot > at ? email.slice(dot) : ''}`;
}

/** Nothing where showing the tail would show half of the whole or more. */
function tailOf(text: string, length: number): string {
  return text.length >= 2 * length ? text.slice(-length) : '';
}

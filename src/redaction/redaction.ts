/** Payment data, secrets and national identifiers: nothing of the product needs them, they are kept nowhere. */
export const secretKinds = [
  'card-number',
  'cvv',
  'pin',
  'password',
  'one-time-code',
  'ssn',
  'itin',
  'iban',
  'private-key',
  'seed-phrase',
  'access-token',
] as const;

/**
 * Identifiers of persons and of their accounts elsewhere. Answers and events may have reason to name
 * one (a masked address, a reference with the form of a telephone number), so a caller asks for them.
 */
export const personalKinds = [
  'phone-number',
  'email-address',
  'routing-number',
  'bank-account-number',
  'crypto-address',
  'passport-number',
  'driving-licence-number',
] as const;

/** What the scanner can find. The words are public: they appear in answers and in incident events. */
export const redactionKinds = [...secretKinds, ...personalKinds] as const;

/** One of {@link redactionKinds}. */
export type RedactionKind = (typeof redactionKinds)[number];

/** What to take out, and what of a card number stays readable (PCI DSS v4.0.1, 3.4.1). */
export interface RedactionPolicy {
  /** Default: {@link secretKinds}. */
  readonly kinds?: readonly RedactionKind[];
  /** Default: the last four digits. The issuer's six digits besides are for roles cleared for them. */
  readonly keep?: 'nothing' | 'last-four' | 'bin-and-last-four';
}

/** Says what was taken out and where its placeholder stands; offsets are UTF-16 units of the redacted text. */
export interface Redaction {
  readonly kind: RedactionKind;
  readonly start: number;
  readonly end: number;
}

/** A text that may be stored, with the places where something was taken out, in ascending order. */
export interface RedactedText {
  readonly text: string;
  readonly redactions: readonly Redaction[];
}

/** A find in the folded text, before it is mapped back; `digits` only for card numbers, in memory only. */
export interface Finding {
  readonly kind: RedactionKind;
  readonly start: number;
  readonly end: number;
  readonly digits?: string;
}

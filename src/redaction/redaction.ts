/** What the scanner can find. The words are public: they appear in answers and in incident events. */
export const redactionKinds = [
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

/** One of {@link redactionKinds}. */
export type RedactionKind = (typeof redactionKinds)[number];

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

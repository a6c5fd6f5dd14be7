/** A signed promise that an event stands in the log: Ed25519 over the `probity-receipt/v1` text. */
export interface Receipt {
  readonly eventId: string;
  /** SHA-256 of the canonical event bytes, base64 with padding. */
  readonly eventHash: string;
  /** Exactly as in the event: milliseconds, `Z`. */
  readonly recordedAt: string;
  /** The log's origin. */
  readonly origin: string;
  /** 8 hex digits. */
  readonly keyId: string;
  readonly signature: string;
}

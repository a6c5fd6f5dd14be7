import { z } from 'zod';

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
  /** The signed note of a checkpoint that covers the event; only where `Prefer: wait=n` waited for it. */
  readonly checkpoint?: string | undefined;
}

/** A receipt on the wire. */
export const receiptSchema = z
  .strictObject({
    eventId: z.uuid(),
    eventHash: z.base64().describe('SHA-256 of the canonical event'),
    recordedAt: z.iso.datetime(),
    origin: z.string().describe('The log that will hold the event'),
    keyId: z.string().describe('8 hex digits; `GET /v1/ledger/keys` has the key'),
    signature: z.base64().describe('Ed25519 over the probity-receipt/v1 text'),
    checkpoint: z
      .string()
      .optional()
      .describe(
        'With `Prefer: wait=n`: the signed checkpoint that covers the event, once there is one',
      ),
  })
  .meta({ id: 'Receipt' });

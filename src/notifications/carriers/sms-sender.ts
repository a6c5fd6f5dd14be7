import { type Clock, isErrorLike, type SmsSettings } from '../../platform/index.js';
import {
  type CarrierReceipt,
  type Delivery,
  DeliveryFailed,
  NotificationSender,
} from '../notification-sender.port.js';

export interface SmsOptions extends SmsSettings {
  readonly clock: Clock;
  /** Where the carrier reports what became of a message; null where it cannot reach us. */
  readonly reportUrlOf: (notificationId: string) => string | null;
  readonly timeoutMilliseconds?: number;
}

/** For the whole exchange; less than the relay's lease. */
const timeoutMilliseconds = 10_000;
const answerBytesMax = 64 * 1024;
const referencePattern = /^[\w-]{1,200}$/;
/** E.164: a plus sign and at most fifteen digits. */
const numberPattern = /^\+[1-9]\d{5,14}$/;
const retryAfterSecondsMax = 300;
/** The API's own bound on how long a message may wait at the carrier. */
const validitySecondsMax = 14_400;

/**
 * Hands text messages to a carrier in the form of the common Messages API: a form with From, To, Body
 * and StatusCallback, basic authentication, a JSON answer with the message's `sid`. The API knows no
 * idempotency key: where an answer was lost, the same text may arrive twice.
 */
export class SmsSender extends NotificationSender {
  readonly #endpoint: string;
  readonly #authorization: string;

  constructor(private readonly options: SmsOptions) {
    super();
    const { apiUrl, account, authToken } = options;
    this.#endpoint = `${apiUrl}/Accounts/${account}/Messages.json`;
    this.#authorization = `Basic ${Buffer.from(`${account}:${authToken.reveal()}`).toString('base64')}`;
  }

  override async send(delivery: Delivery): Promise<CarrierReceipt> {
    if (!numberPattern.test(delivery.destination.reveal())) {
      throw new DeliveryFailed('destination_invalid', { kind: 'permanent' });
    }
    try {
      const answer = await fetch(this.#endpoint, {
        method: 'POST',
        headers: { authorization: this.#authorization, accept: 'application/json' },
        body: this.#formOf(delivery),
        // Elsewhere is not where the account and its secret belong.
        redirect: 'manual',
        signal: AbortSignal.timeout(this.options.timeoutMilliseconds ?? timeoutMilliseconds),
      });
      return await receiptOf(answer);
    } catch (cause) {
      if (cause instanceof DeliveryFailed) throw cause;
      const isLate = isErrorLike(cause) && cause.name === 'TimeoutError';
      const code = isLate ? 'carrier_timeout' : 'carrier_unreachable';
      throw new DeliveryFailed(code, { kind: 'outage', cause });
    }
  }

  #formOf({ id, destination, text, expiresAt }: Delivery): URLSearchParams {
    const { from, clock, reportUrlOf } = this.options;
    const seconds = Math.floor((expiresAt.getTime() - clock.now().getTime()) / 1000);
    const reportUrl = reportUrlOf(id);
    return new URLSearchParams({
      From: from,
      To: destination.reveal(),
      Body: text.reveal(),
      ValidityPeriod: String(Math.min(Math.max(seconds, 1), validitySecondsMax)),
      ...(reportUrl === null ? {} : { StatusCallback: reportUrl }),
    });
  }
}

async function receiptOf(answer: Response): Promise<CarrierReceipt> {
  const text = await textOf(answer);
  if (!answer.ok) throw failureOf(answer);
  return { reference: referenceIn(text) };
}

/** Read to the end, so that the connection can be used again; what is too long is no answer of this API. */
async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new DeliveryFailed('carrier_fault', { kind: 'outage' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A message that was taken is taken, whatever else its answer says. */
function referenceIn(text: string): string | null {
  try {
    const { sid } = JSON.parse(text) as { sid?: unknown };
    return typeof sid === 'string' && referencePattern.test(sid) ? sid : null;
  } catch {
    return null;
  }
}

function failureOf({ status, headers }: Response): DeliveryFailed {
  if (status === 429) {
    const retryAfterSeconds = secondsOf(headers.get('retry-after'));
    return new DeliveryFailed('carrier_busy', { kind: 'temporary', retryAfterSeconds });
  }
  if (status === 401 || status === 403) {
    return new DeliveryFailed('carrier_authentication', { kind: 'outage' });
  }
  // Another number would pass where this one does not; a redirect or a server's fault stops them all.
  const isOfMessage = status >= 400 && status < 500 && status !== 404 && status !== 408;
  return isOfMessage
    ? new DeliveryFailed('message_refused', { kind: 'permanent' })
    : new DeliveryFailed('carrier_fault', { kind: 'outage' });
}

function secondsOf(header: string | null): number {
  return header !== null && /^\d{1,6}$/.test(header)
    ? Math.min(Number(header), retryAfterSecondsMax)
    : 0;
}

import { createTransport } from 'nodemailer';

import type { MailSettings } from '../../platform/index.js';
import {
  type CarrierReceipt,
  type Delivery,
  DeliveryFailed,
  NotificationSender,
} from '../notification-sender.port.js';

/** How long each step may take; together less than the relay's lease. */
export const smtpTimeouts = {
  connectMilliseconds: 5_000,
  greetingMilliseconds: 5_000,
  silenceMilliseconds: 10_000,
  totalMilliseconds: 20_000,
} as const;

export interface SmtpOptions extends MailSettings {
  readonly subjectOf: (template: string) => string;
  /** Certificates to trust beside the system's own. */
  readonly ca?: string;
  readonly timeouts?: Readonly<Record<keyof typeof smtpTimeouts, number>>;
}

/** One mailbox and nothing else: no second recipient, no name, no line break (RFC 5321 §4.1.2). */
const mailboxPattern = /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[A-Za-z0-9.-]{1,253}$/u;
/** Steps at which a refusal concerns this one message; at any other it concerns us and the server. */
const stepsOfMessage = ['RCPT TO', 'DATA'];

/**
 * Hands mail to a mail server, a connection for each message: what a hanging server does to one, it
 * does to no other. Its certificate is checked always.
 */
export class SmtpSender extends NotificationSender {
  readonly #transport: ReturnType<typeof makeTransport>;
  readonly #timeouts: Readonly<Record<keyof typeof smtpTimeouts, number>>;

  constructor(private readonly options: SmtpOptions) {
    super();
    this.#timeouts = options.timeouts ?? smtpTimeouts;
    this.#transport = makeTransport(options, this.#timeouts);
  }

  override async send(delivery: Delivery): Promise<CarrierReceipt> {
    const address = delivery.destination.reveal();
    if (!mailboxPattern.test(address)) {
      throw new DeliveryFailed('destination_invalid', { kind: 'permanent' });
    }
    const { from } = this.options;
    try {
      await this.#transport.sendMail({
        envelope: { from, to: [address] },
        from: { name: '', address: from },
        to: { name: '', address },
        subject: this.options.subjectOf(delivery.template),
        text: delivery.text.reveal(),
        // The same at every attempt: a mailbox that got it before shows it once (RFC 5322 §3.6.4).
        messageId: `<${delivery.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
        // Nobody's holiday notice answers to a machine (RFC 3834 §5).
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(this.#timeouts.totalMilliseconds),
      });
    } catch (error) {
      throw failureOf(error);
    }
    return { reference: null };
  }
}

function makeTransport(
  { url, allowsPlaintext, ca }: SmtpOptions,
  timeouts: Readonly<Record<keyof typeof smtpTimeouts, number>>,
) {
  return createTransport({
    ...serverOf(new URL(url.reveal())),
    requireTLS: !allowsPlaintext,
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
    },
    connectionTimeout: timeouts.connectMilliseconds,
    greetingTimeout: timeouts.greetingMilliseconds,
    socketTimeout: timeouts.silenceMilliseconds,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

/** Only these parts of the address count: no query of it can change how TLS is used. */
function serverOf({ protocol, hostname, port, username, password }: URL): Server {
  const secure = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}

/** What the transport reports of a failure; its texts may quote the address and are left out. */
interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

const codeOfFault: Readonly<Record<string, string>> = {
  EAUTH: 'carrier_authentication',
  ENOAUTH: 'carrier_authentication',
  ETLS: 'carrier_tls',
  ETIMEDOUT: 'carrier_timeout',
  EABORT: 'carrier_timeout',
  ECONNECTION: 'carrier_unreachable',
  ESOCKET: 'carrier_unreachable',
  EDNS: 'carrier_unreachable',
};

function failureOf(cause: unknown): DeliveryFailed {
  const { code = '', responseCode, command = '' } = cause as SmtpError;
  if (responseCode !== undefined && stepsOfMessage.some((step) => command.startsWith(step))) {
    return responseCode >= 500
      ? new DeliveryFailed('message_refused', { kind: 'permanent', cause })
      : new DeliveryFailed('carrier_deferred', { kind: 'temporary', cause });
  }
  return new DeliveryFailed(codeOfFault[code] ?? 'carrier_fault', { kind: 'outage', cause });
}

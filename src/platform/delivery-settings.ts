import type { Environment } from './environment.js';
import type { Secret } from './secret.js';

/** The mail server that takes e-mail for customers and for the bank's own teams. */
export interface MailSettings {
  /** `smtp:` upgrades by STARTTLS, `smtps:` speaks TLS from the first byte; login and password within. */
  readonly url: Secret;
  /** Mailbox in whose name mail is sent. */
  readonly from: string;
  /** Whether a server without TLS is spoken to in the clear. */
  readonly allowsPlaintext: boolean;
}

/** An account at a carrier of text messages that speaks the common Messages API. */
export interface SmsSettings {
  /** Base address with the API's version, without a slash at the end. */
  readonly apiUrl: string;
  readonly account: string;
  /** Authenticates us to the carrier, and the carrier's reports to us. */
  readonly authToken: Secret;
  /** E.164 number or the carrier's name of a sender. */
  readonly from: string;
}

export interface DeliverySettings {
  readonly mail: MailSettings | null;
  readonly sms: SmsSettings | null;
  /** Where the world reaches this service, without a slash at the end: carriers report there. */
  readonly publicUrl: string | null;
}

type Fault = readonly [isFault: boolean, sentence: string];

const smsNames = ['SMS_API_URL', 'SMS_ACCOUNT', 'SMS_AUTH_TOKEN', 'SMS_FROM'] as const;

/** Of a domain that nobody owns (RFC 2606 §3); production names its own. */
const developmentMailbox = 'support@probity.example';

/** What is wrong between the settings of delivery, as far as the good ones tell. */
export function faultsOfDelivery(environment: Partial<Environment>): readonly Fault[] {
  const hasSms = smsNames.some((name) => environment[name] !== undefined);
  const isProduction = environment.PROBITY_PROFILE === 'production';
  const isClear = (url: string | undefined): boolean => url?.startsWith('http:') ?? false;
  return [
    [
      isProduction && environment.SMTP_URL !== undefined && environment.SMTP_FROM === undefined,
      'SMTP_FROM is missing: SMTP_URL needs it beside in production',
    ],
    ...smsNames.map((name): Fault => [
      hasSms && environment[name] === undefined,
      `${name} is missing: text messages need ${smsNames.join(', ')} together`,
    ]),
    [
      isProduction && isClear(environment.SMS_API_URL),
      'SMS_API_URL must begin with https:// in production',
    ],
    [
      isProduction && isClear(environment.PUBLIC_URL),
      'PUBLIC_URL must begin with https:// in production',
    ],
  ];
}

export function toDeliverySettings(environment: Environment): DeliverySettings {
  const { SMTP_URL, SMTP_FROM, SMS_API_URL, SMS_ACCOUNT, SMS_AUTH_TOKEN, SMS_FROM, PUBLIC_URL } =
    environment;
  return {
    mail: SMTP_URL
      ? {
          url: SMTP_URL,
          from: SMTP_FROM ?? developmentMailbox,
          allowsPlaintext: allowsPlaintext(environment),
        }
      : null,
    sms:
      SMS_API_URL !== undefined &&
      SMS_ACCOUNT !== undefined &&
      SMS_AUTH_TOKEN &&
      SMS_FROM !== undefined
        ? {
            apiUrl: withoutSlash(SMS_API_URL),
            account: SMS_ACCOUNT,
            authToken: SMS_AUTH_TOKEN,
            from: SMS_FROM,
          }
        : null,
    publicUrl: PUBLIC_URL === undefined ? null : withoutSlash(PUBLIC_URL),
  };
}

/** Production speaks to no mail server in the clear unless told so. */
function allowsPlaintext({ SMTP_ALLOW_PLAINTEXT, PROBITY_PROFILE }: Environment): boolean {
  return SMTP_ALLOW_PLAINTEXT ?? PROBITY_PROFILE === 'development';
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

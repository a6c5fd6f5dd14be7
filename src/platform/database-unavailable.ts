import { codeOf } from './error-code.js';

/**
 * SQLSTATE classes and codes of a database that cannot answer or cannot write (PostgreSQL 18,
 * appendix A): connection, resources, operator intervention, system errors, read-only, sign-in.
 */
const unavailableClasses = ['08', '28', '53', '57', '58'];
const unavailableCodes = ['25006', '3D000', '55P03'];
const networkCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
];
/** The driver's own words for a connection it does not have; these errors carry no code. */
const driverMessages = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect/,
  /^Client has encountered a connection error/,
  /^Client was closed and is not queryable/,
  /^Cannot use a pool after calling end on the pool/,
  /^Query read timeout/,
  /^Driver not Connected/,
];
const depthMax = 5;

/** Whether an error means that the database is gone, full, shut or read-only: a 503, not a bug. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return chainOf(error).some(
    ({ code, message }) =>
      isUnavailableCode(code) || driverMessages.some((pattern) => pattern.test(message)),
  );
}

function isUnavailableCode(code: string): boolean {
  if (networkCodes.includes(code) || unavailableCodes.includes(code)) return true;
  return code.length === 5 && unavailableClasses.includes(code.slice(0, 2));
}

interface ErrorLike {
  readonly message?: unknown;
  readonly driverError?: unknown;
  readonly cause?: unknown;
}

/** The error, the driver's error inside it, and their causes; errors of another realm count too. */
function chainOf(error: unknown): readonly { code: string; message: string }[] {
  const chain: { code: string; message: string }[] = [];
  let current: unknown = error;
  while (typeof current === 'object' && current !== null && chain.length < depthMax) {
    const { message, driverError, cause } = current as ErrorLike;
    chain.push({
      code: codeOf(current) ?? '',
      message: typeof message === 'string' ? message : '',
    });
    current = driverError ?? cause;
  }
  return chain;
}

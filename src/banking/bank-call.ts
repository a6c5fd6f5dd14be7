import { BankUnavailable } from './core-banking.port.js';

/** How long each kind of call may take; then the bank counts as silent. */
export const bankTimeouts = {
  readMilliseconds: 2_000,
  /** What a caller waits for a booking before answering that it is still being executed. */
  writeMilliseconds: 5_000,
} as const;

/**
 * Runs one call to the bank within its time.
 *
 * @throws BankUnavailable where the bank is silent or answers with a fault, whatever the fault.
 */
export async function withinTime<Result>(
  milliseconds: number,
  call: () => Promise<Result>,
): Promise<Result> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new BankUnavailable('The bank did not answer in time')),
    milliseconds,
  );
  try {
    return await Promise.race([call(), silence]);
  } catch (error) {
    if (error instanceof BankUnavailable) throw error;
    throw new BankUnavailable('The bank answered with a fault', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

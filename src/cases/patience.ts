/** How long a notice waits for a silent bank; its answer goes out within a second. */
const patienceMilliseconds = 700;

/** What comes in time; else, or where it fails, the notice goes on without. */
export async function withPatience<Value>(wanted: Promise<Value>, without: Value): Promise<Value> {
  const { promise: late, resolve } = Promise.withResolvers<Value>();
  const timer = setTimeout(() => resolve(without), patienceMilliseconds);
  try {
    return await Promise.race([wanted.catch(() => without), late]);
  } finally {
    clearTimeout(timer);
  }
}

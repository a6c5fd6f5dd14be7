import { platformProblems } from './platform.problems.js';
import type { KeyStore } from './key-store.port.js';
import type { Problem } from './problem.js';

/** At most `limit` hits within any `windowSeconds`. */
export interface RateWindow {
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What is limited: the name of the limit, and whom or what it counts. Only a keyed digest is stored. */
export interface RateKey {
  readonly name: string;
  readonly subject: string;
}

export interface RateRequest {
  readonly key: RateKey;
  /** All must have room; named by policy, not here. */
  readonly windows: readonly [RateWindow, ...RateWindow[]];
  readonly now: Date;
}

/** How one window stands. */
export interface WindowState extends RateWindow {
  readonly remaining: number;
  /** Until one more hit has room where none is left, else until the window is whole again. */
  readonly resetSeconds: number;
}

/** How a limit stands after a hit was counted or refused. */
export interface RateState {
  readonly allowed: boolean;
  readonly name: string;
  readonly windows: readonly WindowState[];
  /** Hits left in all windows. */
  readonly remaining: number;
  /** Seconds until a hit has room in all windows; 0 where it has now. */
  readonly retryAfterSeconds: number;
}

/** Whatever runs SQL: an `EntityManager` inside a transaction, or the data source itself. */
export interface Queryable {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

const limitMax = 1000;
const sweepRowsMax = 1000;
const sweepBatchesMax = 100;

/**
 * Counts exactly, across instances: the instants of the hits stand in one row that an upsert locks,
 * judges and changes in one statement. A refused hit is not counted, so that a caller who waits as
 * told is let through.
 */
export class RateLimiter {
  constructor(private readonly keys: KeyStore) {}

  /**
   * Counts a hit if every window has room. Inside a transaction that rolls back it was not counted.
   */
  async hit(database: Queryable, request: RateRequest): Promise<RateState> {
    const { key, windows, now } = request;
    assertWindows(windows);
    const digest = this.#digestOf(key);
    const counted = await database.query(countHit, [
      digest,
      now,
      windows.map((window) => window.limit),
      windows.map((window) => window.windowSeconds),
      longestSeconds(windows),
    ]);
    const row = firstHits(counted);
    if (row) return stateOf(request, row, true);
    return stateOf(request, firstHits(await database.query(readHits, [digest])) ?? [], false);
  }

  /** How a limit stands, without counting. */
  async peek(database: Queryable, request: RateRequest): Promise<RateState> {
    assertWindows(request.windows);
    const rows = await database.query(readHits, [this.#digestOf(request.key)]);
    const hits = firstHits(rows) ?? [];
    const hasRoom = request.windows.every(
      (window) => within(hits, window, request.now).length < window.limit,
    );
    return stateOf(request, hits, hasRoom);
  }

  #digestOf({ name, subject }: RateKey): Buffer {
    return this.keys.mac('address', `rate-limit/v1\n${name}\n${subject}`);
  }

  /**
   * Removes rows whose windows have all passed: they say nothing any more. In small batches of their
   * own, never inside a request, and past rows that a hit holds.
   *
   * @returns how many rows it removed, at most 100,000.
   */
  async sweep(database: Queryable, now: Date): Promise<number> {
    let removed = 0;
    for (let batch = 0; batch < sweepBatchesMax; batch += 1) {
      const [, count] = (await database.query(sweep, [now, sweepRowsMax])) as [unknown, number];
      removed += count;
      if (count < sweepRowsMax) break;
    }
    return removed;
  }
}

/**
 * The problem of a limit that is used up: `rate.exceeded` with `Retry-After` (RFC 9110 §10.2.3) and
 * the fields of draft-ietf-httpapi-ratelimit-headers.
 */
export function rateExceeded(state: RateState): Problem {
  return platformProblems['rate.exceeded']({
    headers: { 'retry-after': String(state.retryAfterSeconds), ...rateHeaders(state) },
  });
}

/** `RateLimit-Policy` and `RateLimit`, for the answers of limited routes: one item a window. */
export function rateHeaders(state: RateState): Readonly<Record<string, string>> {
  const itemsOf = (parameters: (window: WindowState) => string): string =>
    state.windows
      .map((window) => `"${state.name}-${String(window.windowSeconds)}s";${parameters(window)}`)
      .join(', ');
  return {
    'ratelimit-policy': itemsOf(
      ({ limit, windowSeconds }) => `q=${String(limit)};w=${String(windowSeconds)}`,
    ),
    ratelimit: itemsOf(
      ({ remaining, resetSeconds }) => `r=${String(remaining)};t=${String(resetSeconds)}`,
    ),
  };
}

const countHit = `
  INSERT INTO rate_limits AS r (key_digest, hits, expires_at)
  VALUES ($1, ARRAY[$2::timestamptz], $2::timestamptz + make_interval(secs => $5))
  ON CONFLICT (key_digest) DO UPDATE
    SET hits = ARRAY(
          SELECT hit FROM unnest(r.hits) AS hit
          WHERE hit > $2::timestamptz - make_interval(secs => $5) ORDER BY hit
        ) || $2::timestamptz,
        expires_at = EXCLUDED.expires_at
    WHERE NOT EXISTS (
      SELECT 1 FROM unnest($3::integer[], $4::double precision[]) AS w (hits_max, seconds)
      WHERE (SELECT count(*) FROM unnest(r.hits) AS hit
             WHERE hit > $2::timestamptz - make_interval(secs => w.seconds)) >= w.hits_max
    )
  RETURNING hits`;
const readHits = 'SELECT hits FROM rate_limits WHERE key_digest = $1';
const sweep = `
  DELETE FROM rate_limits WHERE expires_at < $1 AND key_digest IN (
    SELECT key_digest FROM rate_limits WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
  )`;

function firstHits(rows: unknown): readonly Date[] | undefined {
  return (rows as { hits: Date[] }[])[0]?.hits;
}

function stateOf(request: RateRequest, hits: readonly Date[], allowed: boolean): RateState {
  const windows = request.windows.map((window) => windowState(window, hits, request.now));
  const full = windows.filter(({ remaining }) => remaining === 0);
  return {
    allowed,
    name: request.key.name,
    windows,
    remaining: Math.min(...windows.map(({ remaining }) => remaining)),
    retryAfterSeconds: Math.max(0, ...full.map(({ resetSeconds }) => resetSeconds)),
  };
}

function windowState(window: RateWindow, hits: readonly Date[], now: Date): WindowState {
  const inside = within(hits, window, now);
  const remaining = Math.max(0, window.limit - inside.length);
  // Whole again when its newest hit leaves; room for one when so many have left that a place is free.
  const leaving = remaining > 0 ? inside.at(-1) : inside.at(inside.length - window.limit);
  return { ...window, remaining, resetSeconds: secondsUntilLeft(leaving, window, now) };
}

function within(hits: readonly Date[], window: RateWindow, now: Date): readonly Date[] {
  const from = now.getTime() - window.windowSeconds * 1000;
  return hits.filter((hit) => hit.getTime() > from);
}

function secondsUntilLeft(hit: Date | undefined, window: RateWindow, now: Date): number {
  if (!hit) return 0;
  const leavesAt = hit.getTime() + window.windowSeconds * 1000;
  return Math.max(1, Math.ceil((leavesAt - now.getTime()) / 1000));
}

function longestSeconds(windows: readonly RateWindow[]): number {
  return Math.max(...windows.map((window) => window.windowSeconds));
}

function assertWindows(windows: readonly RateWindow[]): void {
  const isSound = windows.every(
    ({ limit, windowSeconds }) =>
      Number.isInteger(limit) && limit > 0 && limit <= limitMax && windowSeconds > 0,
  );
  if (windows.length === 0 || !isSound) throw new Error('A rate window needs 1 to 1000 hits');
}

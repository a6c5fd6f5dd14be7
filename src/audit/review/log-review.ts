import { Injectable } from '@nestjs/common';

import { alertTypes, LedgerWatch } from '../../ledger/index.js';
import { ReaderDatabase, SystemClock } from '../../platform/index.js';
import type { reviewed } from '../audit.events.js';
import { KeptEntries } from './kept-entries.js';
import { OffSiteCopies } from './off-site-copies.js';

/** A date of the institution's calendar, and the instants that it goes from and up to. */
export interface Day {
  readonly day: string;
  readonly from: Date;
  readonly to: Date;
}

export interface LastReview {
  readonly day: string;
  /** ISO 8601: where the next one begins. */
  readonly to: string;
}

type Findings = Parameters<typeof reviewed>[0]['detail'];

interface DayRow {
  readonly events: string;
  readonly refused: string;
  readonly failed: string;
  readonly alerts: string;
  readonly unsealed: string;
  readonly size: string | null;
}

type DayCounts = Pick<
  Findings,
  'events' | 'refused' | 'failed' | 'alerts' | 'unsealed' | 'treeSize'
>;

/** The watch looks each second; longer without a look, and nobody watches. */
const silentMillisecondsMax = 60_000;

/** Reads what the review of a day says, and which day was reviewed last. */
@Injectable()
export class LogReview {
  /** The machine's own, whatever day is simulated: it is compared with the database's. */
  readonly #clock = new SystemClock();

  constructor(
    private readonly reader: ReaderDatabase,
    private readonly watch: LedgerWatch,
    private readonly kept: KeptEntries,
    private readonly copies: OffSiteCopies,
  ) {}

  /** Null before the first. */
  async last(): Promise<LastReview | null> {
    const rows = await this.reader.query<LastReview[]>(selectLastReview);
    return rows[0] ?? null;
  }

  async look({ day, from, to }: Day): Promise<Findings> {
    return {
      day,
      from: from.toISOString(),
      to: to.toISOString(),
      ...(await this.#count(from, to)),
      isWatched: this.watch.sinceLook < silentMillisecondsMax,
      faultsOpen: this.watch.faults,
      clockDriftMilliseconds: await this.#measureDrift(),
      ...(await this.kept.look()),
      copies: await this.copies.list(),
    };
  }

  async #count(from: Date, to: Date): Promise<DayCounts> {
    const rows = await this.reader.query<DayRow[]>(selectDay, [from, to, alertTypes]);
    const [row] = rows;
    if (!row) throw new Error('A count without a row');
    const { size, events, refused, failed, alerts, unsealed } = row;
    return {
      events: Number(events),
      refused: Number(refused),
      failed: Number(failed),
      alerts: Number(alerts),
      unsealed: Number(unsealed),
      treeSize: Number(size ?? 0),
    };
  }

  async #measureDrift(): Promise<number> {
    const before = this.#clock.now().getTime();
    const rows = await this.reader.query<{ now: Date }[]>('SELECT clock_timestamp() AS now');
    const after = this.#clock.now().getTime();
    return Math.round((rows[0]?.now.getTime() ?? 0) - (before + after) / 2);
  }
}

const selectDay = `
  SELECT count(*) AS events,
    count(*) FILTER (WHERE outcome = 'refused') AS refused,
    count(*) FILTER (WHERE outcome = 'failed') AS failed,
    count(*) FILTER (WHERE type = ANY($3)) AS alerts,
    count(*) FILTER (WHERE entry.leaf_index IS NULL) AS unsealed,
    max(entry.leaf_index) + 1 AS size
  FROM audit_events AS event LEFT JOIN audit_entries AS entry ON entry.event_id = event.id
  WHERE event.recorded_at >= $1 AND event.recorded_at < $2
`;

export const selectLastReview = `
  SELECT event::json #>> '{detail,day}' AS day, event::json #>> '{detail,to}' AS "to"
  FROM audit_events WHERE type = 'ledger.reviewed' ORDER BY id DESC LIMIT 1
`;

import { Injectable, Logger } from '@nestjs/common';

import { type AuditEventDraft, AuditedTransaction, committed } from '../ledger/index.js';
import { AppDatabase, Clock, IdSource, serviceActor } from '../platform/index.js';
import { type Carrier, deliveryLimits } from './notification.js';
import { carrierFailing, carrierRecovered } from './notifications.events.js';

/** A carrier that had faults in a row; `probeAt` is null while they are too few for an outage. */
export interface CarrierTrouble {
  readonly carrier: Carrier;
  readonly since: Date | null;
  readonly probeAt: Date | null;
}

/**
 * Opens when a carrier fails time and again, so that messages wait instead of hammering it, and closes
 * with the first message that passes. It stands in the database: all processes see one outage, and
 * its beginning and end are each one audit event.
 */
@Injectable()
export class CarrierOutages {
  readonly #logger = new Logger('Carriers');

  constructor(
    private readonly database: AppDatabase,
    private readonly audited: AuditedTransaction,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /** Carriers in trouble; those without any are not listed. */
  async list(): Promise<readonly CarrierTrouble[]> {
    return this.database.query<CarrierTrouble[]>(
      'SELECT carrier, since, probe_at AS "probeAt" FROM carrier_outages',
    );
  }

  /** The outage of a carrier; null where it is in service. */
  async find(carrier: Carrier): Promise<CarrierTrouble | null> {
    const troubles = await this.list();
    return troubles.find((one) => one.carrier === carrier && one.since !== null) ?? null;
  }

  /** Takes the turn to try one message on a carrier that is out; of all processes one gets it. */
  async takeProbe(carrier: Carrier): Promise<boolean> {
    const [rows] = await this.database.query<[object[], number]>(
      `UPDATE carrier_outages SET probe_at = $2::timestamptz + make_interval(secs => $3)
       WHERE carrier = $1 AND probe_at <= $2 RETURNING carrier`,
      [carrier, this.clock.now(), deliveryLimits.probeSeconds],
    );
    return rows.length > 0;
  }

  /** Counts a fault of the carrier itself; the one that makes it an outage is an event. */
  async fault(carrier: Carrier, reason: string): Promise<void> {
    const [row] = await this.database.query<{ faults: number; since: Date | null }[]>(
      `INSERT INTO carrier_outages AS o (carrier, faults) VALUES ($1, 1)
       ON CONFLICT (carrier) DO UPDATE SET faults = o.faults + 1 RETURNING faults, since`,
      [carrier],
    );
    const isNew = row?.since === null && row.faults >= deliveryLimits.faultsBeforeOutage;
    if (isNew) await this.#open(carrier, { faults: row.faults, reason });
  }

  /** A message passed. Asked for carriers in trouble only. */
  async works({ carrier, since }: CarrierTrouble): Promise<void> {
    if (since === null) {
      await this.database.query(
        'DELETE FROM carrier_outages WHERE carrier = $1 AND since IS NULL',
        [carrier],
      );
      return;
    }
    await this.#close(carrier, since);
  }

  async #open(carrier: Carrier, detail: { faults: number; reason: string }): Promise<void> {
    await this.#once(
      `UPDATE carrier_outages SET since = $2, probe_at = $2::timestamptz + make_interval(secs => $3)
       WHERE carrier = $1 AND since IS NULL RETURNING carrier`,
      [carrier, this.clock.now(), deliveryLimits.probeSeconds],
      carrierFailing({ outcome: 'failed', detail: { carrier, ...detail } }),
    );
    this.#logger.error(`The carrier of ${carrier} is out of service: ${detail.reason}`);
  }

  async #close(carrier: Carrier, since: Date): Promise<void> {
    const seconds = Math.round((this.clock.now().getTime() - since.getTime()) / 1000);
    await this.#once(
      'DELETE FROM carrier_outages WHERE carrier = $1 AND since IS NOT NULL RETURNING carrier',
      [carrier],
      carrierRecovered({ detail: { carrier, seconds } }),
    );
    this.#logger.log(`The carrier of ${carrier} is in service again`);
  }

  /** Changes the state and says so, unless another process did both meanwhile. */
  async #once(sql: string, parameters: readonly unknown[], event: AuditEventDraft): Promise<void> {
    const actor = serviceActor('notification-relay', this.ids.random());
    try {
      await this.audited.run(actor, async (tx) => {
        if ((await tx.query(sql, parameters)).length === 0) throw new SaidByAnother();
        return committed({}, event);
      });
    } catch (error) {
      if (!(error instanceof SaidByAnother)) throw error;
    }
  }
}

class SaidByAnother extends Error {
  override readonly name = 'SaidByAnother';
}

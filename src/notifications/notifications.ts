import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { Tx } from '../ledger/index.js';
import { type ChallengeId, IdSource, KeyStore } from '../platform/index.js';
import { CarrierOutages } from './carrier-outages.js';
import { ConfiguredCarriers } from './carriers/configured-carriers.js';
import {
  carrierOf,
  deliveryLimits,
  type NotificationChannel,
  type NotificationRequest,
  type NotificationState,
} from './notification.js';
import { NotificationRelay } from './relay.js';
import { nobody, sealMessage } from './sealed-message.js';

/** Where the newest message of a challenge stands. */
export interface DeliveryState {
  readonly channel: NotificationChannel;
  readonly state: NotificationState;
  /** Stable code of the last failure; null where there was none. */
  readonly failure: string | null;
}

/** What stands in the way of every message of a channel. */
export interface DeliveryObstacle {
  readonly code: 'carrier_unconfigured' | 'carrier_outage';
  /** When it is looked at again whether the carrier is back; null where that takes a person. */
  readonly retryAt: Date | null;
}

/** Takes notifications into the caller's transaction: what rolls back tells nobody. */
@Injectable()
export class Notifications {
  constructor(
    private readonly keys: KeyStore,
    private readonly ids: IdSource,
    private readonly relay: NotificationRelay,
    private readonly carriers: ConfiguredCarriers,
    private readonly outages: CarrierOutages,
  ) {}

  /** Seals destination and text at once, queues the message, and answers its id. */
  async enqueue(tx: Tx, request: NotificationRequest): Promise<string> {
    const id = this.ids.ordered();
    // Sealed and queued even where nobody is told: neither time nor rows tell whether somebody was.
    const sealed = sealMessage(this.keys, id, {
      destination: request.destination ?? nobody,
      text: request.text,
    });
    await tx.query(
      `INSERT INTO notifications (id, channel, template, purpose, subject_ref, challenge_id, case_id,
         destination, text, state, next_attempt_at, expires_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $10, $11, $10)`,
      [
        id,
        request.channel,
        request.template,
        request.purpose,
        request.subjectRef ?? null,
        request.challengeId ?? null,
        request.caseId ?? null,
        sealed.destination,
        sealed.text,
        tx.now,
        request.expiresAt ?? new Date(tx.now.getTime() + deliveryLimits.lifeSeconds * 1000),
      ],
    );
    this.relay.nudge();
    return id;
  }

  /**
   * Why a message of this channel would not be delivered now; null where nothing is known against it.
   * It depends on no recipient, and so tells nothing of any.
   */
  async obstacleTo(channel: NotificationChannel): Promise<DeliveryObstacle | null> {
    const carrier = carrierOf[channel];
    if (!this.carriers.has(carrier)) return { code: 'carrier_unconfigured', retryAt: null };
    const trouble = await this.outages.find(carrier);
    return trouble ? { code: 'carrier_outage', retryAt: trouble.probeAt } : null;
  }

  /** How the newest message of a challenge stands; null where none was ever queued. */
  async deliveryOf(
    manager: EntityManager,
    challengeId: ChallengeId,
  ): Promise<DeliveryState | null> {
    const [row] = await manager.query<DeliveryState[]>(
      `SELECT channel, state, failure FROM notifications
       WHERE challenge_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1`,
      [challengeId],
    );
    return row ?? null;
  }

  /** Takes back what still waits for a challenge, because a fresh code takes its place. */
  async replaceQueued(tx: Tx, challengeId: ChallengeId): Promise<void> {
    await tx.query(
      `UPDATE notifications SET state = 'replaced', destination = NULL, text = NULL, finished_at = $2
       WHERE challenge_id = $1 AND state = 'queued'`,
      [challengeId, tx.now],
    );
  }
}

import { Injectable } from '@nestjs/common';

import { AppDatabase, type ChallengeId, type SubjectRef } from '../platform/index.js';
import type { NotificationChannel } from './notification.js';

/** A message that does not reach its recipient on the channel it was given. */
export interface Undeliverable {
  readonly notificationId: string;
  readonly channel: NotificationChannel;
  readonly purpose: string;
  readonly subjectRef: SubjectRef | null;
  readonly challengeId: ChallengeId | null;
  /** Stable code of why: the carrier's refusal or outage. */
  readonly reason: string;
}

/**
 * Finds another way to its recipient, and answers whether it did. It may be called again for the same
 * message, after a crash or by a late report, and must then find that there is nothing left to do.
 */
export type FindAnotherWay = (undeliverable: Undeliverable) => Promise<boolean>;

/** Where contexts say what else to do when a message of theirs does not arrive. */
@Injectable()
export class UndeliverableMessages {
  readonly #ways = new Map<string, FindAnotherWay>();

  constructor(private readonly database: AppDatabase) {}

  /** Registers the other way of messages that a template made; in `onModuleInit`. */
  on(template: string, way: FindAnotherWay): void {
    if (this.#ways.has(template)) throw new Error(`${template} has another way already`);
    this.#ways.set(template, way);
  }

  /**
   * Whether another way to the recipient was found. None is asked for where a newer message of the
   * same challenge is on its way: the loss of an old code must not void the fresh one.
   */
  async findAnotherWay(template: string, undeliverable: Undeliverable): Promise<boolean> {
    const way = this.#ways.get(template);
    if (!way || (await this.#isOvertaken(undeliverable))) return false;
    return way(undeliverable);
  }

  async #isOvertaken({ notificationId, challengeId }: Undeliverable): Promise<boolean> {
    if (challengeId === null) return false;
    const [newest] = await this.database.query<{ id: string }[]>(
      `SELECT id FROM notifications WHERE challenge_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1`,
      [challengeId],
    );
    return newest !== undefined && newest.id !== notificationId;
  }
}

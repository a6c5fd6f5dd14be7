import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThan } from 'typeorm';

import type { Tx } from '../ledger/index.js';
import { type Actor, AppDatabase, type ChallengeId, isUuid } from '../platform/index.js';
import { Challenge } from './challenge.entity.js';

/** A session has one challenge a purpose; more than these purposes at once nobody asks for. */
const openListedMax = 3;
/** A session that earned more than these and used none has earned enough. */
const grantsMax = 20;

/** Finds challenges and moves them from `open` to an end, each move once. */
@Injectable()
export class ChallengeStore {
  constructor(private readonly database: AppDatabase) {}

  /** Anybody's challenge; null for an unknown or malformed id. */
  async find(id: string): Promise<Challenge | null> {
    if (!isUuid(id)) return null;
    return this.database.manager.findOneBy(Challenge, { id: id as ChallengeId });
  }

  /** A challenge of the actor's own session; null for an unknown, malformed or somebody else's id. */
  async findOwn(actor: Actor, id: string): Promise<Challenge | null> {
    if (!isUuid(id) || actor.sessionId === null) return null;
    return this.database.manager.findOneBy(Challenge, {
      id: id as ChallengeId,
      sessionId: actor.sessionId,
    });
  }

  async lock(tx: Tx, id: ChallengeId): Promise<Challenge> {
    return tx.manager.findOneOrFail(Challenge, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /**
   * The one challenge that is open for a session and purpose, locked: a code that is accepted
   * meanwhile either ends it before this looks, or waits until the question that reuses it stands.
   */
  async findOpen(tx: Tx, of: Pick<Challenge, 'sessionId' | 'purpose'>): Promise<Challenge | null> {
    return tx.manager.findOne(Challenge, {
      where: { sessionId: of.sessionId, purpose: of.purpose, state: 'open' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** What a code of this session may be for, newest first; expired ones are not open. */
  async listOpen({ sessionId }: Actor, now: Date): Promise<readonly ChallengeId[]> {
    if (sessionId === null) return [];
    const open = await this.database.manager.find(Challenge, {
      select: { id: true },
      where: { sessionId, state: 'open', expiresAt: MoreThan(now) },
      order: { createdAt: 'DESC' },
      take: openListedMax,
    });
    return open.map(({ id }) => id);
  }

  /**
   * Redeems a challenge for good: of any number of right codes at once, one gets true.
   *
   * @param codeDigest the digest compared; a fresh code that came between makes it void.
   */
  async consume(tx: Tx, id: ChallengeId, codeDigest: Buffer): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE challenges SET state = 'verified', finished_at = $2
       WHERE id = $1 AND state = 'open' AND expires_at > $2 AND code_digest = $3 RETURNING id`,
      [id, tx.now, codeDigest],
    );
    return rows.length === 1;
  }

  /** Ends an open challenge without a right code; false where it had ended already. */
  async end(tx: Tx, id: ChallengeId, state: 'superseded' | 'expired'): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE challenges SET state = $3, finished_at = $2 WHERE id = $1 AND state = 'open' RETURNING id`,
      [id, tx.now, state],
    );
    return rows.length === 1;
  }

  /** Right codes of the actor's session whose worth is not used yet, newest first, locked. */
  async lockGrants(tx: Tx, purpose: string | null): Promise<readonly Challenge[]> {
    const { sessionId } = tx.actor;
    if (sessionId === null) return [];
    return tx.manager.find(Challenge, {
      where: {
        sessionId,
        state: 'verified',
        grantUsedAt: IsNull(),
        ...(purpose === null ? {} : { purpose }),
      },
      order: { finishedAt: 'DESC' },
      take: grantsMax,
      lock: { mode: 'pessimistic_write' },
    });
  }

  async useGrants(tx: Tx, ids: readonly ChallengeId[]): Promise<void> {
    if (ids.length === 0) return;
    await tx.manager.update(Challenge, { id: In(ids) }, { grantUsedAt: tx.now });
  }

  async saveCode(
    tx: Tx,
    { id, codeDigest, destinationDigest, contextDigest, sentAt, expiresAt }: Challenge,
  ): Promise<void> {
    await tx.manager.update(
      Challenge,
      { id },
      { codeDigest, destinationDigest, contextDigest, sentAt, expiresAt },
    );
  }

  /** Open challenges whose time is over, oldest first. */
  async listExpired(now: Date, limit: number): Promise<readonly Challenge[]> {
    return this.database.manager
      .createQueryBuilder(Challenge, 'c')
      .where(`c.state = 'open' AND c.expires_at <= :now`, { now })
      .orderBy('c.expires_at')
      .limit(limit)
      .getMany();
  }
}

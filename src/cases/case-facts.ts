import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { Money } from '../platform/index.js';
import { FieldEncryption } from '../privacy/index.js';
import { redact } from '../redaction/index.js';
import type { Case } from './case.entity.js';

/** What a person told of their matter; each part as far as it was told. */
export interface CaseFacts {
  readonly merchant?: string | undefined;
  readonly amount?: Money | undefined;
  /** ISO date. */
  readonly occurredOn?: string | undefined;
  readonly reason?: string | undefined;
  readonly transactionId?: string | undefined;
  readonly description?: string | undefined;
  /** A guest's claim; proves nothing. */
  readonly customerNumber?: string | undefined;
  /** What a reporter told of a card while that does not identify one yet. */
  readonly card?: PartOfCard | undefined;
}

export interface PartOfCard {
  readonly customerNumber?: string | undefined;
  readonly lastFour?: string | undefined;
}

type Place = Pick<Case, 'id' | 'subjectRef'>;

/** Keeps the facts of a case under the key of the person it is about, without payment data and secrets. */
@Injectable()
export class SealedFacts {
  constructor(private readonly encryption: FieldEncryption) {}

  seal(manager: EntityManager, place: Place, facts: CaseFacts): Promise<Buffer> {
    const text = JSON.stringify(withoutSecrets(facts));
    return this.encryption.encrypt(manager, place.subjectRef, placeOf(place), text);
  }

  /** @throws KeyDestroyed after the person's erasure. */
  async open(manager: EntityManager, place: Place & Pick<Case, 'facts'>): Promise<CaseFacts> {
    const text = await this.encryption.decrypt(
      manager,
      place.subjectRef,
      placeOf(place),
      place.facts,
    );
    return JSON.parse(text) as CaseFacts;
  }
}

/** Free text may hold what must never be stored, whichever way it came in. */
function withoutSecrets(facts: CaseFacts): CaseFacts {
  const clean = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : redact(text).text;
  return {
    ...facts,
    merchant: clean(facts.merchant),
    reason: clean(facts.reason),
    description: clean(facts.description),
  };
}

function placeOf({ id }: Place): { table: string; column: string; rowId: string } {
  return { table: 'cases', column: 'facts', rowId: id };
}

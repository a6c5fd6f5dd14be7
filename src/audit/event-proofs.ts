import { Injectable } from '@nestjs/common';
import { z } from 'zod';

import { gatherRequests, noPreviousLeafHash, proveInclusion } from '../ledger/index.js';
import { AuditLog, type LedgerEvent } from './audit-log.js';

const base64 = z.base64();

/** What shows that an event on the wire stands in the log under a checkpoint. */
export const eventInclusionSchema = z
  .strictObject({
    prev: z
      .string()
      .describe('Leaf hash of the entry before, hex: with event and index it makes the entry'),
    leafHash: base64,
    proof: z.array(base64).describe('From the leaf up (RFC 9162 §2.1.3)'),
  })
  .meta({ id: 'EventInclusion' });
export type EventInclusion = z.infer<typeof eventInclusionSchema>;

export interface ProvenPage {
  /** The signed note to which all proofs lead; null before the first. */
  readonly checkpoint: string | null;
  /** By event id; events that the checkpoint does not cover are absent. */
  readonly inclusions: ReadonlyMap<string, EventInclusion>;
}

/** Proves many events under one checkpoint, asking for shared hashes once. */
@Injectable()
export class EventProofs {
  constructor(private readonly log: AuditLog) {}

  async prove(events: readonly LedgerEvent[]): Promise<ProvenPage> {
    const checkpoint = await this.log.findCheckpoint();
    if (!checkpoint) return { checkpoint: null, inclusions: new Map() };
    const { treeSize, note } = checkpoint;
    const covered = events.flatMap(({ id, leafIndex, leafHash }) =>
      leafIndex !== null && leafHash !== null && leafIndex < treeSize
        ? [{ id, leafIndex, leafHash }]
        : [],
    );
    const previous = await this.log.leafHashesAt(covered.map(({ leafIndex }) => leafIndex - 1));
    const source = gatherRequests(this.log.hashSource(checkpoint));
    const inclusions = await Promise.all(
      covered.map(async ({ id, leafIndex, leafHash }): Promise<[string, EventInclusion]> => {
        const proof = await proveInclusion(leafIndex, treeSize, source);
        const prev = (previous.get(leafIndex - 1) ?? noPreviousLeafHash).toString('hex');
        return [id, { prev, leafHash: toBase64(leafHash), proof: proof.map(toBase64) }];
      }),
    );
    return { checkpoint: note, inclusions: new Map(inclusions) };
  }
}

function toBase64(hash: Buffer): string {
  return hash.toString('base64');
}

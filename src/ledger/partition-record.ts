import type { OnModuleInit } from '@nestjs/common';

import { type IdSource, type JobQueue, serviceActor } from '../platform/index.js';
import type { AuditedTransaction, Tx } from './audited-transaction.js';
import { partitionsMade } from './ledger.events.js';
import { committed } from './outcome.js';

/** All partitions are recorded. */
class NothingNew extends Error {
  override readonly name = 'NothingNew';
}

/** Serializes processes that look at the same time. */
const recordLock = 7_762_489_107;

/**
 * Records each partition of the log once it stands: tables are system-level objects, whose creation
 * belongs in the log (PCI DSS v4.0.1 10.2.1.7), and who makes them, the sealer, writes no events.
 */
export class PartitionRecord implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly audited: AuditedTransaction,
    private readonly ids: IdSource,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('ledger-partitions', 'hourly', () => this.sweep());
  }

  async sweep(): Promise<void> {
    try {
      await this.audited.run(serviceActor('ledger-partitions', this.ids.random()), async (tx) => {
        const partitions = await listUnrecorded(tx);
        if (partitions.length === 0) throw new NothingNew();
        return committed({}, partitionsMade({ detail: { partitions } }));
      });
    } catch (error) {
      if (!(error instanceof NothingNew)) throw error;
    }
  }
}

async function listUnrecorded(tx: Tx): Promise<string[]> {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [recordLock]);
  const rows = await tx.query<{ partition: string }>(selectUnrecorded);
  return rows.map(({ partition }) => partition);
}

const selectUnrecorded = `
  WITH recorded AS (
    SELECT json_array_elements_text(event::json #> '{detail,partitions}') AS partition
    FROM audit_events WHERE type = 'ledger.partitions_made'
  )
  SELECT relname AS partition FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
  WHERE inhparent IN ('audit_events'::regclass, 'audit_entries'::regclass)
    AND relname NOT IN (SELECT partition FROM recorded)
  ORDER BY relname
`;

import { Injectable } from '@nestjs/common';

import {
  ArchiveDamaged,
  CheckpointSigner,
  LedgerArchives,
  readPrunings,
  readThrough,
} from '../../ledger/index.js';
import { Config, KeyStore, ReaderDatabase } from '../../platform/index.js';

export interface Kept {
  /** The oldest entry that is in the database. */
  readonly firstIndex: number;
  /** When its event was recorded; null where there is none. */
  readonly oldestAt: string | null;
  /** Archives that the log names and that are not in their folder, whole and signed. */
  readonly archivesMissing: number;
}

/** Looks how far back the log can be read, from the database and from its archives. */
@Injectable()
export class KeptEntries {
  constructor(
    private readonly config: Config,
    private readonly keys: KeyStore,
    private readonly signer: CheckpointSigner,
    private readonly reader: ReaderDatabase,
  ) {}

  async look(): Promise<Kept> {
    const [oldest] =
      await this.reader.query<{ leaf_index: string; recorded_at: Date | null }[]>(selectOldest);
    return {
      firstIndex: Number(oldest?.leaf_index ?? 0),
      oldestAt: oldest?.recorded_at?.toISOString() ?? null,
      archivesMissing: await this.#countMissing(),
    };
  }

  async #countMissing(): Promise<number> {
    const { archiveDirectory, logOrigin: origin } = this.config;
    const prunings = await readPrunings(readThrough(this.reader), origin);
    if (archiveDirectory === null) return prunings.length;
    const trust = { origin, keys: this.keys, verifiers: this.signer.verifiers() };
    const archives = new LedgerArchives(archiveDirectory, trust);
    let missing = 0;
    for (let beyond = prunings.at(-1)?.to ?? 0; beyond > 0;) {
      const archive = await archives.find(prunings, beyond - 1).catch(nullIfDamaged);
      if (!archive) missing += 1;
      // What only a missing one names is not looked for: the log names the others.
      beyond = archive?.manifest.from ?? prunings.findLast(({ to }) => to < beyond)?.to ?? 0;
    }
    return missing;
  }
}

function nullIfDamaged(error: unknown): null {
  if (error instanceof ArchiveDamaged) return null;
  throw error;
}

const selectOldest = `
  SELECT entry.leaf_index, event.recorded_at
  FROM (SELECT leaf_index, event_id FROM audit_entries ORDER BY leaf_index LIMIT 1) AS entry
  LEFT JOIN audit_events AS event ON event.id = entry.event_id
`;

import type { QueryResultRow } from 'pg';

import type { Queryable } from './log-reader.js';
import {
  appendLeaves,
  type Checkpoint,
  emptyFrontier,
  foldHashes,
  formatEntry,
  leafHash,
  noPreviousLeafHash,
  type NoteVerifier,
  openNote,
  parseCheckpoint,
  rootOf,
  tileWidth,
} from './tree/index.js';
import { type Damage, type DamageKind, damagesMax } from './verification-damage.js';
import { eventColumns, type EventRow, examineEvent } from './verify-event.js';

const pageRows = 500;

export interface LedgerToVerify {
  /** A connection of the reader role. */
  readonly connection: Queryable;
  readonly origin: string;
  readonly verifiers: readonly NoteVerifier[];
  /** The MAC key's function, where the key store is at hand. */
  readonly macOf: ((event: string) => Buffer) | null;
  /** What the signer remembers outside the database, where it is at hand. */
  readonly lastSigned: Checkpoint | null;
  /** Told after every page how many entries are done. */
  readonly onProgress?: (entries: number) => void;
}

export interface LedgerVerification {
  readonly isSound: boolean;
  /** In the order they were met; at most 20. */
  readonly damages: readonly Damage[];
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly checkpoints: number;
  /** Events that wait for the sealer. */
  readonly pending: number;
}

/**
 * Recomputes the whole ledger from the stored events: hashes, MACs, chain, leaves, tiles, roots and
 * checkpoints, page by page in constant memory, and names what is not as it was written.
 */
export async function verifyLedger(ledger: LedgerToVerify): Promise<LedgerVerification> {
  return new LedgerVerifier(ledger).verify();
}

interface EntryRow extends EventRow {
  readonly leaf_index: string;
  readonly event_id: string;
  readonly leaf_hash: Buffer;
  readonly places: string;
}

interface CheckpointRow extends QueryResultRow {
  readonly tree_size: string;
  readonly root_hash: Buffer;
  readonly note: string;
}

interface ExpectedRoot {
  readonly treeSize: number;
  readonly rootHash: Buffer;
}

class LedgerVerifier {
  readonly #damages: Damage[] = [];
  readonly #openTiles: Buffer[][] = [];
  #frontier = emptyFrontier;
  #previous: Buffer = noPreviousLeafHash;
  #checkpoints = 0;
  /** Signed heads that the tree has not reached yet, ascending. */
  #ahead: ExpectedRoot[] = [];
  #isBroken = false;

  constructor(private readonly ledger: LedgerToVerify) {}

  async verify(): Promise<LedgerVerification> {
    // Signed heads are read before the log's size: whatever was signed by then must be in it.
    const signedSize = await this.#newestSignedSize();
    const size = await this.#verifySize(signedSize);
    while (this.#frontier.size < size && !this.#isBroken) await this.#verifyPage(size);
    if (!this.#isBroken) await this.#verifyHead(size);
    await this.#verifyUnqueued();
    const pending = await this.#verifyPending();
    return {
      isSound: this.#damages.length === 0,
      damages: this.#damages,
      treeSize: this.#frontier.size,
      rootHash: rootOf(this.#frontier),
      checkpoints: this.#checkpoints,
      pending,
    };
  }

  #report(kind: DamageKind, leafIndex: number | null, eventId: string | null = null): void {
    if (this.#damages.length < damagesMax) this.#damages.push({ kind, leafIndex, eventId });
    else this.#isBroken = true;
  }

  async #newestSignedSize(): Promise<number> {
    const { rows } = await this.ledger.connection.query<{ size: string | null }>(
      'SELECT max(tree_size) AS size FROM audit_checkpoints',
    );
    return Math.max(Number(rows[0]?.size ?? 0), this.ledger.lastSigned?.treeSize ?? 0);
  }

  /** One statement sees one moment: head and entries must agree in it. */
  async #verifySize(signedSize: number): Promise<number> {
    const { rows } = await this.ledger.connection.query<{ head: string; entries: string }>(
      `SELECT tree_size AS head, (SELECT coalesce(max(leaf_index) + 1, 0) FROM audit_entries) AS entries
       FROM sealer_progress`,
    );
    const entries = Number(rows[0]?.entries ?? 0);
    if (entries < signedSize) this.#report('log_truncated', entries);
    if (rows[0]?.head !== rows[0]?.entries) this.#report('head_changed', entries);
    return entries;
  }

  async #verifyPage(size: number): Promise<void> {
    const first = this.#frontier.size;
    const beyond = Math.min(first + pageRows, size);
    await this.#readCheckpoints(first, beyond);
    const { rows } = await this.ledger.connection.query<EntryRow>(selectEntries, [first, beyond]);
    for (const row of rows) {
      // After a gap every later leaf stands at another place: nothing can be said about those.
      if (Number(row.leaf_index) !== this.#frontier.size) break;
      await this.#verifyEntry(row);
    }
    if (this.#frontier.size < beyond) {
      this.#report('entry_missing', this.#frontier.size);
      this.#isBroken = true;
    }
    this.ledger.onProgress?.(this.#frontier.size);
  }

  async #verifyEntry(row: EntryRow): Promise<void> {
    const index = this.#frontier.size;
    const damage = examineEvent(row, this.ledger.macOf) ?? this.#examinePlace(index, row);
    if (damage !== null) this.#report(damage, index, row.event_id);
    // What is stored goes on, so that one bad place is named once and not with all that follow it.
    this.#previous = row.leaf_hash;
    this.#frontier = appendLeaves(this.#frontier, [row.leaf_hash]);
    await this.#fillTiles(row.leaf_hash);
    this.#verifyRoots();
  }

  #examinePlace(index: number, row: EntryRow): DamageKind | null {
    const entry = formatEntry(index, this.#previous, row.event ?? '');
    if (!leafHash(entry).equals(row.leaf_hash)) return 'entry_out_of_place';
    return row.places === '1' ? null : 'entry_repeated';
  }

  async #fillTiles(hash: Buffer): Promise<void> {
    let carried = hash;
    for (let level = 0, span = tileWidth; ; level += 1, span *= tileWidth) {
      const open = (this.#openTiles[level] ??= []);
      open.push(carried);
      if (open.length < tileWidth) return;
      const hashes = Buffer.concat(open);
      carried = foldHashes(hashes);
      open.length = 0;
      await this.#verifyTile([level, this.#frontier.size / span - 1], [hashes, carried]);
    }
  }

  async #verifyTile(
    [level, index]: readonly [number, number],
    [hashes, root]: readonly [Buffer, Buffer],
  ): Promise<void> {
    const { rows } = await this.ledger.connection.query<{ hashes: Buffer; root_hash: Buffer }>(
      'SELECT hashes, root_hash FROM audit_tiles WHERE level = $1 AND tile_index = $2',
      [level, index],
    );
    const firstLeaf = index * tileWidth ** (level + 1);
    const [tile] = rows;
    if (!tile) this.#report('tile_missing', firstLeaf);
    else if (!tile.hashes.equals(hashes) || !tile.root_hash.equals(root)) {
      this.#report('tile_changed', firstLeaf);
    }
  }

  /** The signed heads of this stretch; at most one per entry, so that memory stays bounded. */
  async #readCheckpoints(first: number, beyond: number): Promise<void> {
    const { rows } = await this.ledger.connection.query<CheckpointRow>(
      `SELECT tree_size, root_hash, note FROM audit_checkpoints
       WHERE tree_size > $1 AND tree_size <= $2 ORDER BY tree_size`,
      [first, beyond],
    );
    for (const row of rows) this.#openCheckpoint(row);
    const { lastSigned } = this.ledger;
    if (lastSigned && lastSigned.treeSize > first && lastSigned.treeSize <= beyond) {
      this.#ahead.push(lastSigned);
    }
  }

  #openCheckpoint(row: CheckpointRow): void {
    const treeSize = Number(row.tree_size);
    try {
      const checkpoint = parseCheckpoint(openNote(row.note, this.ledger.verifiers).text);
      const isItself =
        checkpoint.origin === this.ledger.origin &&
        checkpoint.treeSize === treeSize &&
        checkpoint.rootHash.equals(row.root_hash);
      if (!isItself) this.#report('checkpoint_forged', treeSize);
      this.#ahead.push(checkpoint);
      this.#checkpoints += 1;
    } catch {
      this.#report('checkpoint_forged', treeSize);
    }
  }

  #verifyRoots(): void {
    const { size } = this.#frontier;
    const reached = this.#ahead.filter((head) => head.treeSize === size);
    if (reached.length === 0) return;
    const root = rootOf(this.#frontier);
    if (reached.some((head) => !head.rootHash.equals(root))) {
      this.#report('checkpoint_contradicted', size);
    }
    this.#ahead = this.#ahead.filter((head) => head.treeSize > size);
  }

  /** Read with the size it stands for: a sealer may have gone on since. */
  async #verifyHead(size: number): Promise<void> {
    const { rows } = await this.ledger.connection.query<{ frontier: Buffer; last: Buffer }>(
      'SELECT frontier, last_leaf_hash AS last FROM sealer_progress WHERE tree_size = $1',
      [size],
    );
    const [head] = rows;
    if (!head) return;
    const frontier = Buffer.concat(this.#frontier.hashes);
    if (!head.frontier.equals(frontier) || !head.last.equals(this.#previous)) {
      this.#report('head_changed', size);
    }
  }

  /** One statement again: an event is recorded and queued in one commit, taken and sealed in another. */
  async #verifyUnqueued(): Promise<void> {
    const { rows } = await this.ledger.connection.query<{ id: string }>(selectUnqueued, [
      damagesMax,
    ]);
    for (const { id } of rows) this.#report('event_unqueued', null, id);
  }

  async #verifyPending(): Promise<number> {
    let pending = 0;
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const { rows } = await this.ledger.connection.query<EventRow & { event_id: string }>(
        selectPending,
        [after, pageRows],
      );
      for (const row of rows) {
        const damage = examineEvent(row, this.ledger.macOf);
        if (damage !== null) this.#report(damage, null, row.event_id);
        after = row.event_id;
      }
      pending += rows.length;
      if (rows.length < pageRows) return pending;
    }
  }
}

const selectEntries = `
  SELECT entry.leaf_index, entry.event_id, entry.leaf_hash, ${eventColumns},
    (SELECT count(*) FROM audit_entries AS other WHERE other.event_id = entry.event_id) AS places
  FROM audit_entries AS entry
  LEFT JOIN LATERAL (
    SELECT * FROM audit_events WHERE audit_events.id = entry.event_id OFFSET 0
  ) AS event ON true
  WHERE entry.leaf_index >= $1 AND entry.leaf_index < $2
  ORDER BY entry.leaf_index
`;

const selectUnqueued = `
  SELECT event.id FROM audit_events AS event
  WHERE NOT EXISTS (SELECT FROM audit_pending WHERE event_id = event.id)
    AND NOT EXISTS (SELECT FROM audit_entries WHERE event_id = event.id)
  LIMIT $1
`;

const selectPending = `
  SELECT queued.event_id, ${eventColumns}
  FROM audit_pending AS queued
  LEFT JOIN LATERAL (
    SELECT * FROM audit_events WHERE audit_events.id = queued.event_id OFFSET 0
  ) AS event ON true
  WHERE queued.event_id > $1 ORDER BY queued.event_id LIMIT $2
`;

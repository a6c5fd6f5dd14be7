import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  AuditedTransaction,
  disclosed,
  parseTilePath,
  refused,
  type Tile,
  TilePathError,
  tileWidth,
} from '../ledger/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import { AuditLog } from './audit-log.js';
import { auditProblems } from './audit.problems.js';
import { logRead } from './audit.events.js';
import { ReadingSessions } from './reading-sessions.js';

/** A resource of the log as it stands: the checkpoint, a tile, or a bundle of entries. */
export interface LogResource {
  readonly bytes: Buffer;
  /** What is full never changes again. */
  readonly isFull: boolean;
}

/** Shows a resource of the log itself (C2SP tlog-tiles) by its path. */
@Authorized('ledger.read-log')
export class GetLogResource extends Query<LogResource> {
  constructor(
    readonly path: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetLogResource)
export class GetLogResourceHandler implements IQueryHandler<GetLogResource> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly log: AuditLog,
    private readonly sessions: ReadingSessions,
  ) {}

  async execute({ actor, path }: GetLogResource): Promise<LogResource> {
    const tile = tileAt(path);
    const decision = await this.authority.decide(null, actor, 'ledger.read-log', {});
    if (decision.kind !== 'permit' || !this.sessions.isRecorded(actor)) {
      await this.audited.disclose(actor, () => {
        const event = logRead({ decision, subjectRef: null, detail: { resource: kindOf(tile) } });
        const isPermitted = decision.kind === 'permit';
        return Promise.resolve(
          isPermitted ? disclosed({}, event) : refused(refusalOf(decision), event),
        );
      });
      this.sessions.record(actor);
    }
    const resource = await this.#read(tile);
    if (resource) return resource;
    const isPruned = tile !== 'checkpoint' && (await this.#isPruned(tile));
    throw isPruned
      ? auditProblems['log.entries_pruned']()
      : platformProblems['resource.not_found']();
  }

  async #isPruned(tile: Tile | null): Promise<boolean> {
    if (tile?.level !== 'entries') return false;
    return tile.index * tileWidth < (await this.log.prunedSize());
  }

  async #read(tile: Tile | 'checkpoint' | null): Promise<LogResource | null> {
    if (tile === 'checkpoint') {
      const checkpoint = await this.log.findCheckpoint();
      return checkpoint && { bytes: Buffer.from(checkpoint.note), isFull: false };
    }
    const bytes = tile && (await this.log.readTile(tile));
    return bytes && { bytes, isFull: tile.width === tileWidth };
  }
}

/** Null for a path that names nothing: it is answered as one that names nothing here. */
function tileAt(path: string): Tile | 'checkpoint' | null {
  if (path === 'checkpoint') return path;
  try {
    return parseTilePath(path);
  } catch (error) {
    if (error instanceof TilePathError) return null;
    throw error;
  }
}

function kindOf(tile: Tile | 'checkpoint' | null): 'checkpoint' | 'tile' | 'entries' {
  if (tile === 'checkpoint') return tile;
  return tile?.level === 'entries' ? 'entries' : 'tile';
}
